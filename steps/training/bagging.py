"""Bagging: one booster that averages the log-odds of several."""

import lightgbm as lgb

from custom_model.lightgbm_internals import c_library, check, handle_of


def bag(boosters: list[lgb.Booster]) -> lgb.Booster:
    """One booster with the trees of all, their leaves divided by the number of boosters.

    A bag is served, explained and saved like any booster; scoring takes the time of all trees. The boosters must have
    the same features. Source: LightGBM's C API, LGBM_BoosterMerge.
    """
    merged = lgb.Booster(model_str=boosters[0].model_to_string(num_iteration=-1))
    library = c_library()
    for other in boosters[1:]:
        check(library, library.LGBM_BoosterMerge(handle_of(merged), handle_of(other)))
    for number, tree in enumerate(merged.dump_model()["tree_info"]):
        for leaf in range(tree["num_leaves"]):
            merged.set_leaf_output(number, leaf, merged.get_leaf_output(number, leaf) / len(boosters))
    return lgb.Booster(model_str=merged.model_to_string(num_iteration=-1))
