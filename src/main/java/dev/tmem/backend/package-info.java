/**
 * The contract between the dispatcher and the places that keep zpages.
 *
 * <p>What it is: what a backend implements ({@link dev.tmem.backend.RamBackend} if it answers at
 * once, {@link dev.tmem.backend.SlowBackend} if it may wait), the values that cross the border, and
 * what the dispatcher offers in return ({@link dev.tmem.backend.BackendHost}). What it is not: any
 * policy; which page goes where is the dispatcher's business.
 *
 * <p>Refusal is not an error: a backend says no with a return value, at any time and for any page.
 *
 * <p>Sources: frontswap's {@code struct frontswap_ops} and the multi-backend, lazily initialised
 * form it was later given.
 */
@NullMarked
package dev.tmem.backend;

import org.jspecify.annotations.NullMarked;
