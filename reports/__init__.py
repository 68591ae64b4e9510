"""How do people and machines read it?"""
