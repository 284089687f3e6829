from django.urls import path

from memberships.pages.changing import cancel, change, resume
from memberships.pages.home import home
from memberships.pages.joining import checkout, success
from memberships.pages.settling import payment_order, portal

app_name = "memberships"
urlpatterns = [
    path("", home, name="home"),
    path("checkout", checkout, name="checkout"),
    path("success", success, name="success"),
    path("change", change, name="change"),
    path("cancel", cancel, name="cancel"),
    path("resume", resume, name="resume"),
    path("portal", portal, name="portal"),
    path("payment-order", payment_order, name="payment_order"),
]
