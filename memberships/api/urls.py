from django.urls import path

from memberships.api.current import CurrentViewSet
from memberships.api.plans import PlanViewSet
from memberships.api.verbs import MembershipViewSet

app_name = "memberships_api"
urlpatterns = [
    path("plans", PlanViewSet.as_view({"get": "plans"}), name="plans"),
    path("current", CurrentViewSet.as_view({"get": "retrieve", "patch": "partial_update"}), name="current"),
    path("checkout", MembershipViewSet.as_view({"post": "checkout"}), name="checkout"),
    path("change", MembershipViewSet.as_view({"post": "change"}), name="change"),
    path("cancel", MembershipViewSet.as_view({"post": "cancel"}), name="cancel"),
    path("resume", MembershipViewSet.as_view({"post": "resume"}), name="resume"),
    path("portal", MembershipViewSet.as_view({"post": "portal"}), name="portal"),
]
