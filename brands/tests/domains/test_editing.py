"""A brand's own row: found by its number, edited, removed."""

import pytest

from brands import editing
from brands.errors import UnknownBrand
from brands.models import Brand
from brands.testing.rows import make_brand

pytestmark = pytest.mark.django_db
HUGE = 10**30


@pytest.mark.parametrize(
    ("verb", "path"),
    [
        ("get", f"/api/domains/{HUGE}"),
        ("delete", f"/api/domains/{HUGE}"),
        ("post", f"/api/domains/{HUGE}/analyze"),
        ("get", f"/api/domains/{HUGE}/analyses/{HUGE}"),
        ("get", f"/domains/{HUGE}"),
        ("post", f"/domains/{HUGE}/analyze"),
        ("post", f"/domains/{HUGE}/delete"),
    ],
)
def test_a_number_that_no_row_can_have_is_not_found(alice_page, alice, verb, path):
    assert getattr(alice_page, verb)(path).status_code == 404
    own = make_brand(alice)
    assert alice_page.get(f"/api/domains/{own.pk}/analyses/{HUGE}").status_code == 404


def test_a_brand_that_is_deleted_while_it_is_edited_is_unknown(alice):
    brand = editing.find(alice.pk, make_brand(alice).pk)
    editing.remove(alice.pk, [brand.pk])
    with pytest.raises(UnknownBrand):
        editing.edit(brand, {"tagline": "Too late"})
    assert Brand.objects.count() == 0


def test_an_edit_changes_the_row_and_when_it_was_changed(alice):
    brand = make_brand(alice)
    edited = editing.edit(brand, {"name": "Deep Sea", "category": "tech"})
    kept = Brand.objects.get()
    assert (kept.name, kept.slug, kept.category_id, kept.updated_at) == (
        "Deep Sea",
        "deep-sea",
        "tech",
        edited.updated_at,
    )
    assert kept.updated_at > kept.created_at
