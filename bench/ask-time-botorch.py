"""BoTorch's own time for one proposal (SingleTaskGP, LogEI), one thread: called by ask-time.mjs.

Reads {"points": [[...]], "scores": [...], "counts": [...], "repeats": n} on stdin, prints {"n": [seconds, ...], ...}.
"""

import json
import sys
import time
import warnings

from botorch_propose import propose
from peers import single_thread

warnings.filterwarnings("ignore")


def main():
    torch = single_thread()
    job = json.load(sys.stdin)
    x = torch.tensor(job["points"])
    y = torch.tensor(job["scores"]).unsqueeze(-1)
    low, high = torch.zeros(x.shape[1]), torch.ones(x.shape[1])
    seconds = {}
    for count in job["counts"]:
        seconds[count] = []
        for _ in range(job["repeats"]):
            torch.manual_seed(count)
            start = time.perf_counter()
            propose(x[:count], y[:count], low, high)
            seconds[count].append(time.perf_counter() - start)
    print(json.dumps(seconds))


if __name__ == "__main__":
    main()
