unit(model matter lookalike message)
unit(model broadcast life outcome retry breaker reach obligation notification plan record supersede release)
unit(model tried call_sheet after_action after_action_time)
unit(model answer link ladder quorum)
