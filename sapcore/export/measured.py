"""The error rates of one decoder that were counted and ship with the product."""

import csv

from sapcore.folders import ASSETS

RESULTS = ASSETS / "results"

COUNTS = ("frames", "frame_errors", "bits", "bit_errors")
RATES = ("fer", "fer_low", "fer_high", "ber", "ber_low", "ber_high")
NEEDED = {"code_digest", "decoder_digest", "ebn0", "command", *COUNTS, *RATES}


def measured_rates(code_digest: str, decoder_digest: str) -> list[dict[str, object]]:
    """The points of exactly this decoder under exactly this matrix in assets/results, by rising Eb/N0.

    Tables without counts, such as those of estimates, are left out.

    Returns:
        For each point `ebn0` in dB, counts, rates with their 95 % intervals, and where it is from: `file`, `command`.
    """
    points = []
    for file in sorted(RESULTS.glob("*.csv")):
        with file.open(newline="", encoding="utf-8") as lines:
            rows = csv.DictReader(lines)
            if not NEEDED.issubset(rows.fieldnames or ()):
                continue
            for row in rows:
                if (row["code_digest"], row["decoder_digest"]) == (code_digest, decoder_digest):
                    points.append(
                        {"ebn0": float(row["ebn0"])}
                        | {name: int(row[name]) for name in COUNTS}
                        | {name: float(row[name]) for name in RATES}
                        | {"file": f"assets/results/{file.name}", "command": row["command"]}
                    )
    return sorted(points, key=lambda point: point["ebn0"])
