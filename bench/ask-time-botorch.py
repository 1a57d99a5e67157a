"""BoTorch's own time for one proposal (SingleTaskGP, LogEI), one thread: called by ask-time.mjs.

Reads {"points": [[...]], "scores": [...], "counts": [...], "repeats": n} on stdin, prints {"n": [seconds, ...], ...}.
"""

import json
import sys
import time
import warnings

import torch
from botorch.acquisition import LogExpectedImprovement
from botorch.fit import fit_gpytorch_mll
from botorch.models import SingleTaskGP
from botorch.models.transforms import Standardize
from botorch.optim import optimize_acqf
from gpytorch.mlls import ExactMarginalLogLikelihood

warnings.filterwarnings("ignore")
torch.set_num_threads(1)
torch.set_default_dtype(torch.double)


def propose(x, y):
    model = SingleTaskGP(x, y, outcome_transform=Standardize(m=1))
    fit_gpytorch_mll(ExactMarginalLogLikelihood(model.likelihood, model))
    bounds = torch.stack([torch.zeros(x.shape[1]), torch.ones(x.shape[1])])
    acquisition = LogExpectedImprovement(model, best_f=y.max())
    return optimize_acqf(acquisition, bounds, q=1, num_restarts=10, raw_samples=512)


def main():
    job = json.load(sys.stdin)
    x = torch.tensor(job["points"])
    y = torch.tensor(job["scores"]).unsqueeze(-1)
    seconds = {}
    for count in job["counts"]:
        seconds[count] = []
        for _ in range(job["repeats"]):
            torch.manual_seed(count)
            start = time.perf_counter()
            propose(x[:count], y[:count])
            seconds[count].append(time.perf_counter() - start)
    print(json.dumps(seconds))


if __name__ == "__main__":
    main()
