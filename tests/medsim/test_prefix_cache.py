import torch

from medsim.prefix_cache import PrefixCache

LAYERS = 2
BYTES_PER_TOKEN = LAYERS * 2 * 1 * 4 * 4  # layers, keys and values, heads, head size, bytes of a float32


def layers_of(ids):
    """Keys that hold the token ids and values that hold their negatives, so that it shows which tokens came back."""
    keys = torch.tensor(ids, dtype=torch.float32).view(1, 1, -1, 1).expand(1, 1, len(ids), 4).contiguous()
    return [(keys.clone(), -keys) for _ in range(LAYERS)]


def filled(*sequences, adapter=None, max_bytes=10**6):
    cache = PrefixCache(max_bytes)
    for ids in sequences:
        cache.put(adapter, ids, layers_of(ids))
    return cache


def test_finds_the_longest_common_beginning():
    tokens, layers = filled([1, 2, 3, 4, 5], [1, 2, 9, 9], [7]).longest(None, [1, 2, 3, 8, 8, 8])
    assert tokens == 3
    assert len(layers) == LAYERS
    for keys, values in layers:
        assert keys[0, 0, :, 0].tolist() == [1, 2, 3]
        assert values[0, 0, :, 0].tolist() == [-1, -2, -3]


def test_always_leaves_a_token_to_compute():
    tokens, layers = filled([1, 2, 3]).longest(None, [1, 2, 3])
    assert tokens == 2
    assert layers[0][0].shape[-2] == 2


def test_nothing_in_common():
    assert filled([1, 2, 3]).longest(None, [2, 3, 4]) == (0, [])
    assert filled([1, 2, 3]).longest(None, [1]) == (0, [])


def test_adapters_do_not_share():
    cache = filled([1, 2, 3], adapter="a")
    assert cache.longest(None, [1, 2, 3, 4]) == (0, [])
    assert cache.longest("b", [1, 2, 3, 4]) == (0, [])
    assert cache.longest("a", [1, 2, 3, 4])[0] == 3


def test_an_entry_that_a_new_one_begins_with_is_replaced():
    cache = filled([1, 2], [1, 2, 3, 4], [5])
    assert cache.bytes == 5 * BYTES_PER_TOKEN
    cache.put("a", [1, 2, 3, 4, 5], layers_of([1, 2, 3, 4, 5]))
    assert cache.bytes == 10 * BYTES_PER_TOKEN


def test_a_beginning_of_an_entry_is_not_kept_twice():
    cache = filled([1, 2, 3], [1, 2])
    assert cache.bytes == 3 * BYTES_PER_TOKEN
    assert cache.longest(None, [1, 2, 3, 4])[0] == 3


def test_bytes_are_bounded_and_the_least_recently_used_leaves():
    cache = filled([1, 1, 1], [2, 2, 2], max_bytes=7 * BYTES_PER_TOKEN)
    assert cache.bytes == 6 * BYTES_PER_TOKEN
    cache.longest(None, [1, 1, 1, 1])
    cache.put(None, [3, 3], layers_of([3, 3]))
    assert cache.bytes == 5 * BYTES_PER_TOKEN
    assert cache.longest(None, [2, 2, 2, 2])[0] == 0
    assert cache.longest(None, [1, 1, 1, 1])[0] == 3
    assert cache.longest(None, [3, 3, 3])[0] == 2


def test_what_is_larger_than_the_whole_cache_is_not_kept():
    cache = filled([1, 2, 3], max_bytes=2 * BYTES_PER_TOKEN)
    assert cache.bytes == 0


def test_views_count_with_the_storage_they_keep_alive():
    cache = PrefixCache(10**6)
    cache.put(None, [1, 2], [(keys[:, :, :2], values[:, :, :2]) for keys, values in layers_of([1, 2, 3, 4, 5])])
    assert cache.bytes == 5 * BYTES_PER_TOKEN


def test_dropping_an_adapter_forgets_its_entries_only():
    cache = filled([1, 2, 3], adapter="a")
    cache.put(None, [1, 2, 3], layers_of([1, 2, 3]))
    cache.drop("a")
    assert cache.longest("a", [1, 2, 3, 4]) == (0, [])
    assert cache.longest(None, [1, 2, 3, 4])[0] == 3


def test_the_callers_list_may_change_afterwards():
    ids = [1, 2, 3]
    cache = filled(ids)
    ids.append(4)
    assert cache.longest(None, [1, 2, 3, 4, 5])[0] == 3
