"""Optimizers of other projects behind two commands, ask and tell: called by peer-optimizers.mjs.

A JSON object a line on stdin, one a line on stdout in reply:

    {"start": "botorch", "seed": 1, "dimensions": [{"low": 0, "high": 1, "intervals": 10}, ...]}   ->  {"versions": {...}}
    {"command": "ask"}                                                                            ->  {"values": [...]}
    {"command": "tell", "score": 0.5}                                                             ->  {}

Higher scores are better. `tell` belongs to the last `ask`. Every `start` begins another search.
"""

import importlib.metadata
import json
import platform
import random
import sys
import warnings

warnings.filterwarnings("ignore")


def single_thread():
    """Searches side by side are faster with one thread each, and one thread repeats its results."""
    import torch

    torch.set_num_threads(1)
    torch.set_default_dtype(torch.double)
    return torch


class Botorch:
    """SingleTaskGP and LogEI after 10 Sobol points, on the continuous cube."""

    packages = ("botorch", "gpytorch", "torch")
    first_points = 10

    def __init__(self, dimensions, seed):
        from botorch_propose import propose

        self.propose = propose
        self.torch = single_thread()
        self.torch.manual_seed(seed)
        self.low = self.torch.tensor([float(d["low"]) for d in dimensions])
        self.high = self.torch.tensor([float(d["high"]) for d in dimensions])
        sobol = self.torch.quasirandom.SobolEngine(len(dimensions), scramble=True, seed=seed)
        unit = sobol.draw(self.first_points, dtype=self.torch.double)
        self.first = self.low + (self.high - self.low) * unit
        self.points = []
        self.scores = []

    def ask(self):
        if len(self.points) < self.first_points:
            point = self.first[len(self.points)]
        else:
            y = self.torch.tensor(self.scores).unsqueeze(-1)
            point = self.propose(self.torch.stack(self.points), y, self.low, self.high)
        self.points.append(point)
        return point.tolist()

    def tell(self, score):
        self.scores.append(score)


class Optuna:
    """A sampler with its defaults, over float distributions."""

    packages = ("optuna",)

    def __init__(self, dimensions, seed):
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self.study = optuna.create_study(direction="maximize", sampler=self.sampler(optuna.samplers, seed))
        self.distributions = {
            f"x{i}": optuna.distributions.FloatDistribution(d["low"], d["high"]) for i, d in enumerate(dimensions)
        }

    def ask(self):
        self.trial = self.study.ask(self.distributions)
        return [self.trial.params[name] for name in self.distributions]

    def tell(self, score):
        self.study.tell(self.trial, score)


class OptunaTpe(Optuna):
    def sampler(self, samplers, seed):
        return samplers.TPESampler(seed=seed)


class OptunaGp(Optuna):
    packages = ("optuna", "torch", "scipy")

    def sampler(self, samplers, seed):
        single_thread()
        return samplers.GPSampler(seed=seed)


class OptunaCma(Optuna):
    packages = ("optuna", "cmaes")

    def sampler(self, samplers, seed):
        return samplers.CmaEsSampler(seed=seed)


class Cmaes:
    """CMA-ES with margin on the grid, from its middle, with a standard deviation of 0.3 of the range."""

    packages = ("cmaes", "numpy")

    def __init__(self, dimensions, seed):
        import numpy
        from cmaes import CMAwM

        low = numpy.array([float(d["low"]) for d in dimensions])
        high = numpy.array([float(d["high"]) for d in dimensions])
        # A step of 0 is a continuous dimension.
        steps = [(h - l) / d["intervals"] if d["intervals"] > 0 else 0 for d, l, h in zip(dimensions, low, high)]
        # One sigma holds for all dimensions, so all are searched between 0 and 1.
        span = high - low
        self.low, self.span = low, span
        bounds = numpy.stack([numpy.zeros(len(low)), numpy.ones(len(low))], axis=1)
        self.search = CMAwM(
            mean=numpy.full(len(low), 0.5), sigma=0.3, bounds=bounds, steps=numpy.array(steps) / span, seed=seed
        )
        self.told = []

    def ask(self):
        point, self.raw = self.search.ask()
        return (self.low + self.span * point).tolist()

    def tell(self, score):
        self.told.append((self.raw, -score))
        if len(self.told) == self.search.population_size:
            self.search.tell(self.told)
            self.told = []


class Uniform:
    """Random points by the standard library: its row must be that of our own random search, or the bench is at fault."""

    packages = ()

    def __init__(self, dimensions, seed):
        self.random = random.Random(seed)
        self.dimensions = dimensions

    def ask(self):
        return [self.random.uniform(d["low"], d["high"]) for d in self.dimensions]

    def tell(self, score):
        pass


PEERS = {
    "botorch": Botorch,
    "optuna-tpe": OptunaTpe,
    "optuna-gp": OptunaGp,
    "optuna-cma": OptunaCma,
    "cmaes": Cmaes,
    "uniform": Uniform,
}


def main():
    replies = sys.stdout
    sys.stdout = sys.stderr  # What a library prints must not stand between the replies.
    search = None
    for line in sys.stdin:
        message = json.loads(line)
        if "start" in message:
            peer = PEERS.get(message["start"])
            if peer is None:
                sys.exit(f"There is no peer {message['start']}, only {', '.join(PEERS)}.")
            search = peer(message["dimensions"], message["seed"])
            versions = {name: importlib.metadata.version(name) for name in peer.packages}
            reply = {"versions": {**versions, "Python": platform.python_version()}}
        elif message["command"] == "ask":
            reply = {"values": search.ask()}
        else:
            search.tell(message["score"])
            reply = {}
        print(json.dumps(reply), file=replies, flush=True)


if __name__ == "__main__":
    main()
