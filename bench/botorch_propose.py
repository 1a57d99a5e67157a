"""BoTorch's proposal of one point, for its searches (peers.py) and its own time (ask-time-botorch.py)."""

import torch
from botorch.acquisition import LogExpectedImprovement
from botorch.fit import fit_gpytorch_mll
from botorch.models import SingleTaskGP
from botorch.models.transforms import Normalize, Standardize
from botorch.optim import optimize_acqf
from gpytorch.mlls import ExactMarginalLogLikelihood


def propose(x, y, low, high):
    """The next point by log expected improvement of a SingleTaskGP with its default priors; rows of x are points."""
    bounds = torch.stack([low, high])
    model = SingleTaskGP(
        x,
        y,
        input_transform=Normalize(d=x.shape[1], bounds=bounds),
        outcome_transform=Standardize(m=1),
    )
    fit_gpytorch_mll(ExactMarginalLogLikelihood(model.likelihood, model))
    acquisition = LogExpectedImprovement(model, best_f=y.max())
    point, _ = optimize_acqf(acquisition, bounds, q=1, num_restarts=10, raw_samples=512)
    return point[0]
