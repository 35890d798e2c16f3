"""Moving a store from one installation to another: all its rows and files, whichever service holds them."""
