"""Are the elements of a portal there, and have they substance?"""
