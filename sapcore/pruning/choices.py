"""The ways to choose a mask, in the words of decoder specs."""

CHOICES = {
    "sap": "the importance of the donor with the nearest spectrum",
    "dedicated": "the code's own importance",
    "far": "the importance of the donor with the farthest spectrum",
    "average": "the mean importance of the codes at hand, each scaled to sum 1",
    "magnitude": "the norm of the weights, the same for every code",
    "random": "chance, other for every code",
}
