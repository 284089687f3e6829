"""Which spends were posted together, and what the plain lists took for all of them."""

from tokens.models import Posting


class Together:
    """What was taken for each posting from which lot, in this order, less what has returned of it."""

    def __init__(self, user):
        self.user, self.taken = user, {}

    def of(self, usage, spends):
        """Of the posting of a usage; `spends` are (usage, what was taken for it), in the order they were made."""
        postings = Posting.objects.filter(wallet=self.user.pk, last_number__gte=usage.number)
        posting = postings.order_by("last_number")[0]
        numbers = range(posting.first_number, posting.last_number + 1)
        if posting.pk not in self.taken:
            sums: dict = {}
            for other, taken in spends:
                if other.number in numbers and other.expires_at is None:
                    for lot, part in taken:
                        sums[lot] = sums.get(lot, 0) + part
            self.taken[posting.pk] = list(sums.items())
        return self.taken[posting.pk]
