"""`govah` and `python -m govah`."""

from __future__ import annotations


def main() -> None:
    from govah.cli import main as run

    run()


if __name__ == "__main__":
    main()
