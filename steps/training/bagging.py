"""A bag: boosters whose log-odds are averaged, as one booster."""

import lightgbm as lgb

from custom_model.lightgbm_internals import c_api, check, handle


def bag(boosters: list[lgb.Booster]) -> lgb.Booster:
    """One booster with the trees of all, their leaves divided by the number of boosters.

    So a bag is served, explained and saved as any booster is, at the price of as many times the trees. The
    boosters must have the same features. Source: LightGBM's C API, LGBM_BoosterMerge.
    """
    library = c_api()
    together = lgb.Booster(model_str=boosters[0].model_to_string(num_iteration=-1))
    for other in boosters[1:]:
        check(library, library.LGBM_BoosterMerge(handle(together), handle(other)))
    for number, tree in enumerate(together.dump_model()["tree_info"]):
        for leaf in range(tree["num_leaves"]):
            together.set_leaf_output(number, leaf, together.get_leaf_output(number, leaf) / len(boosters))
    return lgb.Booster(model_str=together.model_to_string(num_iteration=-1))
