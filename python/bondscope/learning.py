"""Images files for PyTorch."""
from __future__ import annotations

from typing import Optional, Sequence

import numpy as np
import torch
from torch.utils.data import Dataset

from bondscope.images import Images


class ImagesDataset(Dataset[tuple[torch.Tensor, torch.Tensor]]):
    """Images and targets: item i is (image [1, kx, ky], targets [target]), both float32.

    Images are between 0 and 1 from bytes, else the scaled values themselves; targets are in the units of recipes (R in
    a.u., intensity in 1e14 W/cm^2, angle in degrees). `rows` chooses and orders, e.g. one part of images.split();
    without it all samples. All is read at once, so that workers need not share the file; bytes stay bytes until their
    turn comes."""

    def __init__(self, images: Images, targets: Sequence[str] = ("R",), rows: Optional[Sequence[int]] = None,
                 representation: Optional[str] = None) -> None:
        of = images.representation(representation)
        self.rows = np.asarray(images.samples() if rows is None else rows, int)
        self.target_names = tuple(targets)
        self._pixels = torch.from_numpy(of.pixels[self.rows])
        self._targets = torch.from_numpy(images.targets(targets)[self.rows].astype(np.float32))

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, torch.Tensor]:
        pixels = self._pixels[index]
        image = pixels.float() / 255 if pixels.dtype == torch.uint8 else pixels
        return image.unsqueeze(0), self._targets[index]
