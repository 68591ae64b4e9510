"""Does the portal answer at all?"""
