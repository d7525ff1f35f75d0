"""A trained model as a folder: weights, preprocessing, labels, card; and its export."""

from advisor.bundle.card import BundleCard
from advisor.bundle.store import Bundle, find, load, save

__all__ = ["Bundle", "BundleCard", "find", "load", "save"]
