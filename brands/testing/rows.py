"""Brands made for tests, without an import and without payment."""

from brands.analysis import rules
from brands.analysis.subject import subject_of
from brands.models import Analysis, Brand


def make_brand(user, domain="ocean.com", **fields):
    name = domain.partition(".")[0]
    return Brand.objects.create(
        **{"owner": user, "domain": domain, "name": name.title(), "slug": name, "paid_by": "free", **fields}
    )


def make_brands(user, number, **fields):
    Brand.objects.bulk_create(
        Brand(
            **{
                "owner": user,
                "domain": f"site{index:06}.com",
                "name": f"Site {index}",
                "slug": f"site-{index}",
                "paid_by": "free",
                **fields,
            }
        )
        for index in range(Brand.objects.count(), Brand.objects.count() + number)
    )


def make_analysis(brand, **fields):
    """An analysis by the rules with their results for that brand, except `fields`."""
    if "result" not in fields:
        fields["result"] = rules.analyse(subject_of(brand)).model_dump()
    said = {"engine": "rules", "status": "done"}
    return Analysis.objects.create(**{"brand": brand, "user": brand.owner, **said, **fields})


def free_ones(user, number):
    for index in range(number):
        Brand.objects.create(
            owner=user, domain=f"free{index}.com", name=f"Free {index}", slug=f"free{index}", paid_by="free"
        )


def domains_of(user):
    return sorted(Brand.objects.of(user.pk).values_list("domain", flat=True))
