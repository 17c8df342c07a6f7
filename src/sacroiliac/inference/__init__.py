"""The network of pain sources: exact posteriors, intervals, what moved them, and what to ask next."""

from sacroiliac.inference.answer import Answer, Estimate, answer
from sacroiliac.inference.ask import Question, questions
from sacroiliac.inference.blocks import Block
from sacroiliac.inference.evidence import Batch, Rules, collect, evidence
from sacroiliac.inference.network import Evidence, Model
from sacroiliac.inference.sensitivity import Sensitivity, sensitivity

__all__ = [
    "Answer",
    "Batch",
    "Block",
    "Estimate",
    "Evidence",
    "Model",
    "Question",
    "Rules",
    "Sensitivity",
    "answer",
    "collect",
    "evidence",
    "questions",
    "sensitivity",
]
