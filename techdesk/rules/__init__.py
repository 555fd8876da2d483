"""Gates: may this action be done to this ticket now?"""
