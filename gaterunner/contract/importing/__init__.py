"""From documents of spec-kit, OpenSpec and Kiro to a draft of a spec, which a person has to finish."""
