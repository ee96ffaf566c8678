"""What is installed, listed by MLflow once for all processes that are forked from the one that imports this.

MLflow compares the packages of a model with it, in each process that loads one: half a second of a processor. A fork
server can import and do nothing else, so the list is made by the import.
"""

from mlflow.utils import requirements_utils

requirements_utils._init_modules_to_packages_map()
