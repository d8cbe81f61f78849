#!/usr/bin/env python3
"""Trains a network of one's own on an images file, and tests it on the runs that pmd_train would test with.

    PYTHONPATH=python examples/train_own_network.py IMAGES.h5 [EPOCHS]

Needs PyTorch, h5py and NumPy (Debian: python3-torch, python3-h5py)."""
import sys

import bondscope

try:
    import torch
    from bondscope.learning import ImagesDataset
    from torch import nn
except ModuleNotFoundError as missing:
    sys.exit(f"left out: {missing} (Debian: apt-get install python3-torch)")

if len(sys.argv) not in (2, 3) or sys.argv[1].startswith("-"):
    sys.exit(__doc__)
epochs = int(sys.argv[2]) if len(sys.argv) > 2 else 20
torch.manual_seed(1)

with bondscope.open_images(sys.argv[1]) as images:
    parts = images.split(seed=1)  # the same rows as those of pmd_train with this seed
    training = ImagesDataset(images, targets=["R"], rows=parts.train)
    tests = ImagesDataset(images, targets=["R"], rows=parts.test)


def tensors(data):
    """All images, at a quarter of the resolution, and targets."""
    pixels = torch.stack([image for image, _ in data])
    return nn.functional.avg_pool2d(pixels, 4), torch.stack([target for _, target in data])


x, R = tensors(training)
mean, scale = R.mean(), R.std()
network = nn.Sequential(
    nn.Conv2d(1, 16, 5, padding=2), nn.BatchNorm2d(16), nn.ReLU(), nn.AvgPool2d(2),
    nn.Conv2d(16, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.AvgPool2d(2),
    nn.Flatten(), nn.Linear(32 * 16 * 8, 64), nn.ReLU(), nn.Linear(64, 1))
optimiser = torch.optim.Adam(network.parameters(), lr=2e-3)
batches = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, (R - mean) / scale), batch_size=10, shuffle=True,
                                      drop_last=True)
schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, total_steps=epochs * len(batches))
for epoch in range(epochs):
    network.train()
    for image, target in batches:
        optimiser.zero_grad()
        loss = nn.functional.mse_loss(network(image), target)
        loss.backward()
        optimiser.step()
        schedule.step()
    if epoch % 5 == 4 or epoch + 1 == epochs:
        print(f"epoch {epoch + 1:3d}  loss {loss.item():.4f}")

network.eval()
x, truth = tensors(tests)
with torch.no_grad():
    predicted = network(x) * scale + mean
error = (predicted - truth).abs().mean().item()
print(f"mean absolute error of R: {error:.3f} a.u. on {len(tests)} held-out runs; "
      f"{(truth - mean).abs().mean().item():.3f} for always answering the mean")
