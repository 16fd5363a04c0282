"""The Log panel: timestamped messages of runs, files and problems."""
