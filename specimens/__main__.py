"""`python -m specimens FOLDER --seed 1 --dossiers 3`: write a batch of made-up papers and say what was made."""

from __future__ import annotations

import argparse
from pathlib import Path

from specimens.batch import write_batch


def main() -> None:
    """Read the arguments, write the batch, print one line per paper."""
    parser = argparse.ArgumentParser(prog="python -m specimens", description="Write made-up papers, each marked MẪU.")
    parser.add_argument("folder", type=Path, help="the batch folder to write")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--dossiers", type=int, default=3)
    parser.add_argument("--dpi", type=int, default=200)
    parser.add_argument(
        "--truth", type=Path, help="where the truth goes; FOLDER.truth.json beside the folder by default"
    )
    asked = parser.parse_args()
    truth = asked.truth or asked.folder.with_name(asked.folder.name + ".truth.json")
    papers = write_batch(asked.folder, truth, seed=asked.seed, dossiers=asked.dossiers, dpi=asked.dpi)
    for paper in papers:
        file = f"{paper.file} > {paper.member}" if paper.member else paper.file
        print(f"{paper.type_id:24} {paper.layout:18} {file}, page {', '.join(map(str, paper.pages))}")
    print(f"{len(papers)} papers in {asked.dossiers} dossiers; truth in {truth}")


if __name__ == "__main__":
    main()
