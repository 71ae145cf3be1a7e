/* SPDX-License-Identifier: MIT */
/* Scheduling without a master and without messages. Item i of rank r has the number r + i*ranks. Each rank has a pair
   (next, end) in one 64-bit word. The owner takes items at the front and other ranks of the node steal at the back,
   both by compare-and-swap, so no rank ever waits. Pairs of other nodes are never read. */
#include "base/whole.h"
#include <nsrender/team.h>
#include <stdatomic.h>

static uint64_t pack_pair(uint32_t next, uint32_t end) { return (uint64_t)next << 32 | end; }
static uint32_t next_of(uint64_t word) { return (uint32_t)(word >> 32); }
static uint32_t end_of(uint64_t word) { return (uint32_t)word; }

/* The number among all ranks of a rank of this node: words behind the pairs. */
static uint64_t *rank_of(const nsr_queue *queue, int node_rank) {
    return &queue->window.words[queue->node_ranks + node_rank];
}

static _Atomic uint64_t *word_of(const nsr_queue *queue, int node_rank) {
    return (_Atomic uint64_t *)&queue->window.words[node_rank];
}

bool nsr_queue_open(nsr_queue *queue, const nsr_comm *comm, int64_t n, bool steal, nsr_err *err) {
    *queue = (nsr_queue){.n = n,
                         .rank = nsr_rank(comm),
                         .ranks = nsr_ranks(comm),
                         .node_rank = nsr_node_rank(comm),
                         .node_ranks = nsr_node_ranks(comm),
                         .steal = steal};
    if (n > UINT32_MAX)
        return nsr_fail(err, NSR_EINTERNAL, "%lld items are too many for the queue", (long long)n); /* on all ranks */
    if (!nsr_window_open(&queue->window, comm, 2 * (size_t)queue->node_ranks, err)) return false;
    int64_t share = n > queue->rank ? nsr_divide_up(n - queue->rank, queue->ranks) : 0;
    *rank_of(queue, queue->node_rank) = (uint64_t)queue->rank;
    atomic_store(word_of(queue, queue->node_rank), pack_pair(0, (uint32_t)share));
    nsr_barrier(comm); /* no rank steals before all pairs are set */
    return true;
}

static int64_t take_item(nsr_queue *queue, int node_rank, bool front) {
    _Atomic uint64_t *word = word_of(queue, node_rank);
    uint64_t seen = atomic_load(word);
    while (next_of(seen) < end_of(seen)) {
        uint32_t index = front ? next_of(seen) : end_of(seen) - 1;
        uint64_t left = front ? pack_pair(index + 1, end_of(seen)) : pack_pair(next_of(seen), index);
        if (atomic_compare_exchange_weak(word, &seen, left))
            return (int64_t)*rank_of(queue, node_rank) + (int64_t)index * queue->ranks;
    }
    return -1;
}

static int richest(const nsr_queue *queue) {
    uint32_t most = 0;
    int found = -1;
    for (int i = 0; i < queue->node_ranks; i++) {
        uint64_t word = atomic_load(word_of(queue, i));
        uint32_t left = next_of(word) < end_of(word) ? end_of(word) - next_of(word) : 0;
        if (left > most) most = left, found = i;
    }
    return found;
}

int64_t nsr_queue_next(nsr_queue *queue) {
    int64_t item = take_item(queue, queue->node_rank, true);
    for (int victim; item < 0 && queue->steal && (victim = richest(queue)) >= 0;)
        item = take_item(queue, victim, false);
    return item;
}

void nsr_queue_close(nsr_queue *queue, const nsr_comm *comm) { nsr_window_close(&queue->window, comm); }
