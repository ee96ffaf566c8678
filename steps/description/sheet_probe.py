"""Whether a sheet of a workbook fits in memory: a program, run before the sheet is read, that may be ended for it.

A cell that stands far from the table makes a reader ask for the whole rectangle between, and end where it gets none.
Imports no other module of the project: it starts in a tenth of a second.
"""

import resource
import sys

from python_calamine import CalamineError, CalamineWorkbook

TOO_MANY = 3  # exit status


def main(file: str, name: str, most_cells: int, most_memory: int) -> int:
    """The exit status for the sheet of this name, or for all where it is empty; an error is left to the reader.

    `most_cells` is of the rectangle from the sheet's first place to its last value; `most_memory` in bytes.
    """
    resource.setrlimit(resource.RLIMIT_AS, (most_memory, most_memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        with CalamineWorkbook.from_path(file) as workbook:
            for each in [name] if name else workbook.sheet_names:
                row, column = workbook.get_sheet_by_name(each).end or (0, 0)
                if (row + 1) * (column + 1) > most_cells:
                    return TOO_MANY
    except CalamineError:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
