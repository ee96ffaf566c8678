"""Whether a sheet of a workbook fits in memory: a program, run before the sheet is read, that may be ended for it.

A cell that stands far from the table makes a reader ask for the whole rectangle between, and end where it gets none.
Imports no other module of the project: it starts in a tenth of a second.
"""

import resource
import sys

from python_calamine import CalamineError, CalamineWorkbook

MOST_MEMORY = 8 << 30  # bytes of address space
MOST_CELLS = 50_000_000  # of the rectangle from the first cell of the sheet to the last one with a value
TOO_MANY = 3  # exit status


def main(file: str, name: str) -> int:
    """The exit status for the sheet of this name, or for all where it is empty; an error is left to the reader."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        with CalamineWorkbook.from_path(file) as workbook:
            for each in [name] if name else workbook.sheet_names:
                sheet = workbook.get_sheet_by_name(each)
                if sheet.total_height * sheet.total_width > MOST_CELLS:
                    return TOO_MANY
    except CalamineError:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
