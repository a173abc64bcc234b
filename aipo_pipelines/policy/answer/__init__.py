"""The answer: is this model performing as intended?"""
