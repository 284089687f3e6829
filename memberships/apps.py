from django.apps import AppConfig


class MembershipsConfig(AppConfig):
    name = "memberships"

    def ready(self) -> None:
        from memberships import errors, personal_data  # noqa: F401  importing registers what is kept of a person
        from memberships.subscriptions import endings, handlers, reconciliation, upkeep  # noqa: F401  likewise, what they do
        from tokens.sweep import STEPS
        from tokens.web.refusals import answers

        answers(errors.UnknownPlan, 400, "Unknown plan")
        answers(errors.UnknownPaymentOrder, 400, "Unknown payment order")
        answers(errors.AlreadyMember, 409, "Already a member")
        answers(errors.NotSubscribed, 409, "Not subscribed")
        answers(errors.PaymentNeeded, 402, "Payment needed")
        answers(errors.NothingPays, 402, "Insufficient tokens")
        STEPS.update(upkeep.STEPS)
