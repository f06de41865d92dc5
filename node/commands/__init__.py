"""The commands of ``commonwatt``, one module each."""
