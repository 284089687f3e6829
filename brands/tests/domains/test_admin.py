"""What staff may do with brands: look at everything, mark test domains, edit categories, and nothing else."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils import timezone

from brands import marking
from brands.models import Brand, Category, CsvImport, Export, JudgedRows, SkippedRow
from brands.testing.rows import make_analysis, make_brand
from tokens.errors import NotPermitted
from tokens.models import StaffAct
from tokens.staff.acts import Why
from tokens.testing.office import hidden, hire, told

pytestmark = pytest.mark.django_db

REGISTERED = [model for model in admin.site._registry if model._meta.app_label == "brands"]
VIEW_ONLY = [model for model in REGISTERED if model is not Category]
BRANDS = reverse("admin:brands_brand_changelist")


@pytest.fixture
def office(client, staff, alice):
    """The back office, with one row of everything."""
    make_analysis(make_brand(alice, category_id="tech"))
    CsvImport.objects.create(user=alice, content="domain\nsecret.com\n", sha256="0" * 64, filename="mine.csv")
    Export.objects.create(user=alice, format="csv", expires_at=timezone.now(), file="exports/secret.csv")
    client.force_login(staff)
    return client


def name_of(model, page):
    return f"admin:brands_{model._meta.model_name}_{page}"


def choose(office, action, *brands):
    return office.post(BRANDS, {"action": action, "_selected_action": [brand.pk for brand in brands]})


def mark(office, action, *brands, times=1, reason="They asked"):
    """Choose rows of the list, say why, and send that so many times; gives the answers."""
    form_key = hidden(choose(office, action, *brands), "form_key")
    body = {"_form_submitted": "True", "form_key": form_key, "reason": reason}
    chosen = {"action": action, "_selected_action": [brand.pk for brand in brands]}
    return [office.post(BRANDS, {**chosen, **body}) for _ in range(times)]


def domains_in(page):
    return [brand.domain for brand in page.context["cl"].queryset]


def test_every_model_is_registered():
    # What a file's rows say is the customer's, and no page of staff shows it.
    assert set(REGISTERED) == set(apps.get_app_config("brands").get_models()) - {JudgedRows, SkippedRow}


@pytest.mark.parametrize("model", REGISTERED, ids=lambda model: model.__name__)
def test_every_list_and_row_opens_and_can_be_searched(office, model):
    assert office.get(reverse(name_of(model, "changelist")), {"q": "alice"}).status_code == 200
    page = office.get(reverse(name_of(model, "change"), args=[model.objects.all()[:1].get().pk]))
    assert page.status_code == 200
    assert "secret" not in page.content.decode()  # what customers' files say is theirs


@pytest.mark.parametrize("model", VIEW_ONLY, ids=lambda model: model.__name__)
def test_rows_cannot_be_added_changed_or_deleted_even_by_a_superuser(office, model):
    row = model.objects.get()
    assert office.post(reverse(name_of(model, "add"))).status_code == 403
    assert office.post(reverse(name_of(model, "change"), args=[row.pk]), {}).status_code == 403
    assert office.post(reverse(name_of(model, "delete"), args=[row.pk]), {"post": "yes"}).status_code == 403


@pytest.mark.parametrize(
    ("asked", "domains"),
    [
        ({"tier__exact": "creative"}, ["bobs.com"]),
        ({"category__key__exact": "tech"}, ["ocean.com"]),
        ({"brand_type__exact": "blog"}, ["bobs.com"]),
        ({"is_test__exact": "1"}, ["bobs.com"]),
        ({"q": "bob"}, ["xn--bcher-kva.de", "bobs.com"]),
        ({"q": "alice@example.com"}, ["ocean.com"]),
        ({"q": "bücher.de"}, ["xn--bcher-kva.de"]),
        ({"q": " BÜCHER.de"}, ["xn--bcher-kva.de"]),
        ({"q": "xn--bcher-kva.de"}, ["xn--bcher-kva.de"]),
        ({"q": "Jürgen.x"}, []),
    ],
)
def test_brands_are_filtered_and_searched_and_staged_ones_not_shown(office, bob, alice, asked, domains):
    make_brand(bob, "bobs.com", tier="creative", brand_type="blog", is_test=True)
    make_brand(alice, "staged.com", is_staged=True)
    make_brand(bob, "xn--bcher-kva.de")
    assert domains_in(office.get(BRANDS, asked)) == domains


def test_staff_read_a_domain_as_people_write_it_and_a_forgery_as_it_is(office, alice):
    books, forged = make_brand(alice, "xn--bcher-kva.de"), make_brand(alice, "xn--pypal-4ve.com", is_lookalike=True)
    make_analysis(books)
    for address in (BRANDS, reverse("admin:brands_analysis_changelist")):
        said = office.get(address).content.decode()
        assert ("bücher.de" in said, "xn--bcher" in said, "pаypal.com" in said) == (True, False, False)
    said = choose(office, "mark_as_test", books, forged).content.decode()
    assert "<li>bücher.de</li>" in said
    assert "<li>xn--pypal-4ve.com</li>" in said
    mark(office, "mark_as_test", books, forged)
    assert StaffAct.objects.get().subject == "2 domains: bücher.de, xn--pypal-4ve.com"
    found = office.get(reverse("admin:brands_analysis_changelist"), {"q": "bücher.de"}).context["cl"].queryset
    assert [row.brand for row in found] == [books]


def test_the_owners_name_leads_to_all_of_the_owners_brands(office, alice, bob):
    make_brand(bob, "bobs.com")
    link = f"?owner__id__exact={alice.pk}"
    assert link in office.get(BRANDS).content.decode()
    assert domains_in(office.get(BRANDS + link)) == ["ocean.com"]


def test_brands_are_marked_once_and_both_the_act_and_the_log_say_who_and_why(office, alice, bob, staff):
    brand, other = Brand.objects.get(), make_brand(bob, "bobs.com", is_test=True)
    answers = mark(office, "mark_as_test", brand, other, times=2)
    assert [answer.status_code for answer in answers] == [303, 303]
    assert told(answers[0]) == ["Domains marked as test: 1."]
    assert Brand.objects.filter(is_test=True).count() == 2
    entry, act = LogEntry.objects.get(), StaffAct.objects.get()
    assert (entry.user, entry.object_id) == (staff, str(brand.pk))
    assert entry.change_message == "Domains marked as test: 1. Reason: They asked"
    assert (act.by, act.verb, act.user, act.reason) == (staff, "mark as test", alice, "They asked")
    assert (act.subject, act.request_id) == ("1 domain: ocean.com", answers[0]["X-Request-ID"])
    mark(office, "mark_as_no_test", brand)
    brand.refresh_from_db()
    assert (brand.is_test, LogEntry.objects.count(), StaffAct.objects.count()) == (False, 2, 2)


def test_choosing_brands_marks_none_until_a_reason_is_given(office):
    brand = Brand.objects.get()
    assert "ocean.com" in choose(office, "mark_as_test", brand).content.decode()
    assert mark(office, "mark_as_test", brand, reason=" ")[0].status_code == 200
    brand.refresh_from_db()
    assert (brand.is_test, StaffAct.objects.count()) == (False, 0)


@pytest.mark.parametrize("role", ["support", "finance", "auditor"])
def test_roles_that_only_look_at_brands_cannot_mark(client, alice, role):
    member, brand = hire(role), make_brand(alice)
    client.force_login(member)
    assert "mark_as_test" not in client.get(BRANDS).content.decode()
    mark(client, "mark_as_test", brand)
    with pytest.raises(NotPermitted):
        marking.mark(Brand.objects.all(), is_test=True, why=Why(member, "x"))
    brand.refresh_from_db()
    assert (brand.is_test, StaffAct.objects.count()) == (False, 0)


def test_staff_may_add_and_rename_categories_but_keep_their_keys(office):
    added = office.post(reverse("admin:brands_category_add"), {"key": "travel", "name": "Travel", "position": 11})
    assert added.status_code == 302
    address = reverse("admin:brands_category_change", args=["travel"])
    assert office.post(address, {"key": "other", "name": "Journeys", "position": 11}).status_code == 302
    assert list(Category.objects.filter(position=11).values_list("key", "name")) == [("travel", "Journeys")]


def test_a_category_that_brands_have_is_not_deleted(office):
    office.post(reverse("admin:brands_category_delete", args=["tech"]), {"post": "yes"})
    assert Category.objects.filter(key="tech").exists()


def test_a_customer_is_kept_out(client, alice):
    client.force_login(alice)
    assert client.get(BRANDS).status_code == 302


def test_the_list_costs_the_same_statements_whatever_its_length(office, bob, django_assert_max_num_queries):
    numbers = []
    for domain in ("one.com", "two.com", "three.com"):
        make_brand(bob, domain, category_id="tech")
        with django_assert_max_num_queries(20) as captured:
            office.get(BRANDS)
        numbers.append(len(captured))
    assert len(set(numbers)) == 1
