"""PyTorch twins of the networks that pmd_train has trained: the same layers, the same weights, the same answers."""
from __future__ import annotations

import math
import os
from typing import Any, Optional, Sequence, Union

import numpy as np
import torch
from torch import nn

from bondscope.errors import BadFile
from bondscope.images import EXTENT, Images, Representation
from bondscope.model_folder import read_model_folder

#: Keys of a recipe's section `network`, with what a recipe without them means.
KEYS: dict[str, Any] = {
    "kind": "cnn", "blocks": 5, "filters": 32, "kernel": 3, "units": 512, "dropout": 0.2, "hidden": 0, "extent": False,
    "additive": False, "members": 1, "initialisation": "glorot"}
MOST_PARAMETERS = 100_000_000
BATCH = 64


class ConvolutionBlock(nn.Module):
    """Convolution that keeps the size → batch normalisation → ReLU → average pooling 2×2; of images one pixel high along
    their width only."""

    def __init__(self, channels: int, filters: int, kernel: int, flat: bool) -> None:
        super().__init__()
        size = (kernel, 1 if flat else kernel)
        self.convolution = nn.Conv2d(channels, filters, size, padding=(kernel // 2, 0 if flat else kernel // 2))
        self.normalisation = nn.BatchNorm2d(filters)
        self.pooling = nn.AvgPool2d((2, 1 if flat else 2))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = torch.relu(self.normalisation(self.convolution(x)))
        return torch.Tensor(self.pooling(x))


class DenseBlock(nn.Module):
    """Fully connected layer → batch normalisation → ReLU."""

    def __init__(self, inputs: int, units: int) -> None:
        super().__init__()
        self.linear = nn.Linear(inputs, units)
        self.normalisation = nn.BatchNorm1d(units)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu(self.normalisation(self.linear(x)))


class Member(nn.Module):
    """Blocks, then dropout and one or two fully connected layers."""

    def __init__(self, spec: dict[str, Any], width: int, height: int, outputs: int) -> None:
        super().__init__()
        self.count, self.is_dense, self.takes_extent = spec["blocks"], spec["kind"] == "dense", spec["extent"]
        if self.is_dense:
            features = spec["units"]
        else:
            features = spec["filters"] * (width >> self.count) * (1 if height == 1 else height >> self.count)
        for block in range(self.count):
            made: nn.Module
            if self.is_dense:
                made = DenseBlock(width * height if block == 0 else spec["units"], spec["units"])
            else:
                made = ConvolutionBlock(1 if block == 0 else spec["filters"], spec["filters"], spec["kernel"], height == 1)
            self.add_module(f"block{block + 1}", made)
        self.dropout = nn.Dropout(spec["dropout"])
        self.additive = spec["additive"]
        inputs = (spec["filters"] if self.additive else features) + (4 if self.takes_extent else 0)
        self.hidden = nn.Linear(inputs, spec["hidden"]) if spec["hidden"] > 0 else None
        cells = features // spec["filters"] if self.additive else 1
        self.output = nn.Linear((spec["hidden"] or inputs) * cells, outputs)

    def forward(self, images: torch.Tensor, extent: Optional[torch.Tensor] = None) -> torch.Tensor:
        x = images.flatten(1) if self.is_dense else images
        for block in range(self.count):
            x = self.get_submodule(f"block{block + 1}")(x)
        # The last axis: all features, or those of each cell.
        x = self.dropout(x.permute(0, 2, 3, 1) if self.additive else x.flatten(1))
        if self.takes_extent:
            if extent is None:
                raise ValueError("this network is told the extent of every image: expected [batch, 4]")
            if self.additive:
                extent = extent[:, None, None, :].expand(-1, x.shape[1], x.shape[2], -1)
            x = torch.cat([x, extent], -1)
        if self.hidden is not None:
            x = torch.relu(self.hidden(x))
        if self.additive:
            x = x.permute(0, 3, 1, 2).flatten(1)
        return torch.Tensor(self.output(x))


class Network(nn.Module):
    """A network with what belongs to it: how images become its inputs, and its outputs targets.

    targets: their names; classes: edges, of a classifier; description: all that the model folder says, e.g. the recipe.
    forward() takes inputs() [batch, 1, kx, ky] (and extents() [batch, 4]) and returns scaled outputs, as in training;
    predict() does all of it."""

    def __init__(self, description: dict[str, Any]) -> None:
        super().__init__()
        self.description = description
        try:
            recipe = description["recipe"]
            if recipe.get("method", "network") != "network":
                raise ValueError(f"method '{recipe['method']}' has no layers; expected a network")
            spec = _spec(recipe["network"])
            self.targets: list[str] = list(recipe["targets"])
            self.classes: list[float] = list(recipe.get("classes", []))
            self.image: dict[str, Any] = dict(recipe["image"])
            self.pixel_max = float(recipe["preprocessing"]["pixel_max"])
            self._copies = _copies(recipe.get("augmentation", {}))
            self._settings: dict[str, float] = dict(description.get("settings", {}))
            width, height = int(self.image["width"]), int(self.image["height"])
            self._scaling = _scalings(description["target_scaling"], len(self.targets))
            self._extent_scaling = _scalings(description.get("extent_scaling", [{"offset": 0, "scale": 1}] * 4), 4)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise BadFile(f"model.json: not the description of a network of this version: {error!r}") from error
        self.takes_extent: bool = spec["extent"]
        outputs = len(self.classes) - 1 if self.classes else len(self.targets)
        _check_size(spec, width, height, outputs)
        self.members = nn.ModuleList(Member(spec, width, height, outputs) for _ in range(spec["members"]))
        self.mean_image = torch.zeros(width, height)

    def forward(self, images: torch.Tensor, extent: Optional[torch.Tensor] = None) -> torch.Tensor:
        answers = [member(images, extent) for member in self.members]
        if len(answers) == 1:
            return torch.Tensor(answers[0])
        together = torch.stack(answers, 1)
        if self.classes:
            return torch.log_softmax(together, 2).logsumexp(1) - math.log(len(answers))
        return together.mean(1)

    def inputs(self, pixels: np.ndarray, white: float = 255.0) -> torch.Tensor:
        """[batch, kx, ky] as they are in the images file -> [batch, 1, kx, ky]: (pixels - mean image)·pixel_max/white."""
        difference = pixels.astype(np.float32) - self.mean_image.numpy()
        return torch.from_numpy(difference * np.float32(self.pixel_max / white)).unsqueeze(1)

    def extents(self, extent: np.ndarray) -> torch.Tensor:
        """[batch, 4] in a.u. -> the network's further inputs."""
        scaled = [(extent[:, i] - offset) / scale for i, (offset, scale) in enumerate(self._extent_scaling)]
        return torch.from_numpy(np.stack(scaled, 1).astype(np.float32))

    def predict(self, images: Images, rows: Optional[Sequence[int]] = None) -> np.ndarray:
        """What the network answers for rows of an images file: [row, target] in the units of recipes; of a classifier
        scores [row, class], the highest is its answer. The mean over mirrored copies if the recipe says so. In evaluation
        mode, 64 images at a time."""
        of = self.representation(images)
        chosen = np.arange(len(images)) if rows is None else np.asarray(rows, int)
        return np.asarray(sum(self._signs(axes) * self._answers(of, chosen, axes) for axes in self._copies)
                          / len(self._copies))

    def _signs(self, axes: tuple[int, ...]) -> np.ndarray:
        """What becomes of each answer where these axes (0: kx, 1: ky) are mirrored: 1 or -1."""
        if self.classes:
            return np.ones(1)
        return np.array([math.prod(self._settings.get(f"{target}.sign_{'kx' if axis == 0 else 'ky'}", 1.0) for axis in axes)
                         for target in self.targets])

    def _answers(self, of: Representation, chosen: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
        was_training = self.training
        self.eval()
        answers = [np.empty((0, len(self._scaling)))]
        with torch.no_grad():
            for first in range(0, len(chosen), BATCH):
                batch = chosen[first:first + BATCH]
                extent = None
                if self.takes_extent:
                    edges = np.array([of.extent_of(int(row)) for row in batch])
                    for axis in axes:
                        edges[:, [2 * axis, 2 * axis + 1]] = -edges[:, [2 * axis + 1, 2 * axis]]
                    extent = self.extents(edges)
                pixels = np.flip(of.pixels[batch], [axis + 1 for axis in axes])
                answers.append(self(self.inputs(pixels, of.white), extent).double().numpy())
        self.train(was_training)
        if self.classes:
            return np.concatenate(answers[1:]) if len(answers) > 1 else np.empty((0, len(self.classes) - 1))
        scaling = np.array(self._scaling)
        return np.asarray(scaling[:, 0] + scaling[:, 1] * np.concatenate(answers))

    def representation(self, images: Images) -> Representation:
        """The one that the network learned from. Raises KeyError that says how to make such a file."""
        wanted = _significant(self.image)
        for of in images.representations.values():
            if _significant(of.settings) == wanted:
                return of
        raise KeyError(f"{images.path}: has no images as this network learned from, {wanted}; "
                       "'pmd_store images STORE FILE --representation …' makes such a file")


def load_network(folder: Union[str, os.PathLike[str]], weights: str = "best", verify: bool = False) -> Network:
    """The network in a model folder, ready to predict. `verify`: compare both files with their checksums. Raises BadFile
    (damaged; another method than a network; a network that this version does not know), FileNotFoundError."""
    found = read_model_folder(folder, weights, verify)
    network = Network(found.description)
    arrays = dict(found.arrays)
    mean_image = arrays.pop("preprocessing.mean_image", None)
    if mean_image is not None and mean_image.size:
        if mean_image.shape != tuple(network.mean_image.shape):
            raise BadFile(f"{found.path}: its mean image is {mean_image.shape}, its images {tuple(network.mean_image.shape)}")
        network.mean_image = torch.from_numpy(mean_image.astype(np.float32))
    own = {_name_in_file(name, len(network.members)): tensor for name, tensor in network.state_dict().items()
           if not name.endswith("num_batches_tracked")}
    for name in sorted(own.keys() ^ arrays.keys()):
        raise BadFile(f"{found.path}: " + (f"lacks the array {name} of this network" if name in own
                                           else f"has an array {name} that this network does not"))
    for name, tensor in own.items():
        if arrays[name].shape != tuple(tensor.shape) or arrays[name].dtype != np.float32:
            raise BadFile(f"{found.path}: the array {name} is {arrays[name].shape}, this network's {tuple(tensor.shape)}")
        tensor.copy_(torch.from_numpy(arrays[name].copy()))
    network.eval()
    return network


def _name_in_file(name: str, members: int) -> str:
    """members.0.block1.… is member1.block1.… of an ensemble, and block1.… of a single network."""
    _, index, rest = name.split(".", 2)
    return rest if members == 1 else f"member{int(index) + 1}.{rest}"


def _copies(augmentation: dict[str, Any]) -> list[tuple[int, ...]]:
    """Axes of the mirror images that an answer is the mean over; () is the image itself."""
    if not augmentation.get("at_prediction", False):
        return [()]
    kx, ky = bool(augmentation["flip_kx"]), bool(augmentation["flip_ky"])
    return [()] + [(0,)] * kx + [(1,)] * ky + [(0, 1)] * (kx and ky)


def _spec(given: dict[str, Any]) -> dict[str, Any]:
    unknown = sorted(set(given) - set(KEYS))
    if unknown:
        raise ValueError(f"network.{unknown[0]} is unknown to this version")
    spec = {**KEYS, **given}
    if spec["kind"] not in ("cnn", "dense"):
        raise ValueError(f"network.kind '{spec['kind']}' is unknown; expected cnn or dense")
    for key, most in (("blocks", 16), ("filters", 4096), ("kernel", 31), ("units", 1 << 16), ("hidden", 1 << 16),
                      ("members", 100)):
        spec[key] = int(spec[key])
        if not (0 if key == "hidden" else 1) <= spec[key] <= most:
            raise ValueError(f"network.{key} = {spec[key]}: expected at most {most}")
    spec["dropout"] = float(spec["dropout"])
    if not 0 <= spec["dropout"] < 1:
        raise ValueError(f"network.dropout = {spec['dropout']}: expected at least 0 and below 1")
    spec["extent"], spec["additive"] = bool(spec["extent"]), bool(spec["additive"])
    if spec["additive"] and spec["kind"] != "cnn":
        raise ValueError("network.additive: a network of kind dense has no cells")
    return spec


def _check_size(spec: dict[str, Any], width: int, height: int, outputs: int) -> None:
    """Before anything is built."""
    if width < 1 or height < 1:
        raise BadFile(f"model.json: images of {width} x {height}; expected positive numbers of pixels")
    if spec["kind"] == "dense":
        count = spec["units"] * (width * height + (spec["blocks"] - 1) * spec["units"] + spec["hidden"] + outputs)
    else:
        if width % (1 << spec["blocks"]) or (height != 1 and height % (1 << spec["blocks"])):
            raise BadFile(f"model.json: images of {width} x {height} cannot be halved {spec['blocks']} times")
        count = spec["blocks"] * (spec["filters"] * spec["kernel"]) ** 2
        count += spec["filters"] * (width >> spec["blocks"]) * max(height >> spec["blocks"], 1) * max(spec["hidden"], outputs)
    if not 1 <= width * height <= 1 << 18 or outputs < 1 or count * spec["members"] > 2 * MOST_PARAMETERS:
        raise BadFile(f"model.json: a network of about {count * spec['members']} parameters; expected at most "
                      f"{MOST_PARAMETERS}")


def _scalings(given: list[dict[str, float]], count: int) -> list[tuple[float, float]]:
    scalings = [(float(one["offset"]), float(one["scale"])) for one in given]
    if len(scalings) != count:
        raise ValueError(f"{len(scalings)} scalings, expected {count}")
    return scalings


def _significant(settings: Any) -> dict[str, Any]:
    """What two kinds of images must have in common."""
    s = dict(settings)
    view, window, scale = s.get("view", "plane"), s.get("window", "crop"), s.get("scale", "log")
    wanted: dict[str, Any] = {"view": view, "window": window, "scale": scale, "width": int(s["width"]),
                              "height": int(s["height"]), "values": s.get("values", "bytes"),
                              "normalisation": s.get("normalisation", "maximum")}
    if scale == "log" or window == "crop":
        wanted["floor"] = float(s.get("floor", -5))
    if scale == "power":
        wanted["exponent"] = float(s.get("exponent", 0.5))
    if window == "fixed":
        wanted.update(_window(s, view))
    return wanted


def _window(s: dict[str, Any], view: str) -> dict[str, float]:
    """Edges, as a recipe has them ([min, max] of an axis) or an images file (one attribute for each)."""
    edges = ("energy_min", "energy_max") if view == "energy" else () if view == "angular" else EXTENT
    if view == "dp_dkx":
        edges = EXTENT[:2]
    found = {}
    for edge in edges:
        axis, end = edge.rsplit("_", 1)
        pair = s.get(axis, {"kx": (-2.6, 2.6), "ky": (-1.5, 1.5), "energy": (0.0, 3.0)}[axis])
        found[edge] = float(s[edge] if edge in s else pair[0 if end == "min" else 1])
    return found
