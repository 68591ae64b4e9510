"""Which links of an agency's pages lead nowhere?"""
