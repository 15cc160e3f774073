package dev.tmem.ramster.protocol;

import dev.tmem.backend.PageKey;

/**
 * Names one lent page, as owner and lender both do. Immutable.
 *
 * @param number drawn by the owner, 1 to {@link HandleLayout#TICKET_MAX}, never twice
 * @param key the page
 * @param epoch its version
 */
public record Ticket(long number, PageKey key, long epoch) {}
