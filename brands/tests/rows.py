"""Brands made for tests, without an import and without payment."""

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
    said = {"engine": "rules", "status": "done", "result": {"score": 70}}
    return Analysis.objects.create(**{"brand": brand, "user": brand.owner, **said, **fields})
