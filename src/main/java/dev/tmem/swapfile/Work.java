package dev.tmem.swapfile;

/** What the writer is asked for. */
sealed interface Work permits AppendRequest, FlushRequest {}
