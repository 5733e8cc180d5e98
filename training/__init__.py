"""How the recogniser's weights are made: texts, lines, the network, its training and its export. No room imports it."""
