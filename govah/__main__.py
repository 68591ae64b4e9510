"""`govah` and `python -m govah`."""

from __future__ import annotations

import gc

from govah.terminal import streams


def main() -> None:
    streams.prepare()
    gc.disable()  # nothing of what is imported ever goes, and looking through it takes a tenth of the time
    from govah.cli import main as run

    gc.enable()
    try:
        run()
    finally:
        streams.tell_of_lost_letters()


if __name__ == "__main__":
    main()
