"""`govah` and `python -m govah`."""

from __future__ import annotations

from govah import streams


def main() -> None:
    streams.prepare()
    from govah.cli import main as run

    try:
        run()
    finally:
        streams.tell_of_lost_letters()


if __name__ == "__main__":
    main()
