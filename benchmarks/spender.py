"""`python -m benchmarks.spender FD`: one spender of the race, in a process of its own; reads its orders from FD."""

import sys

import django

if __name__ == "__main__":
    django.setup()
    from benchmarks.race import spend_all  # models can be imported only now

    print("ready", flush=True)
    with open(int(sys.argv[1])) as orders:
        for order in orders:
            user_id, action, start_at = order.split()
            print(spend_all(int(user_id), action, float(start_at)), flush=True)
