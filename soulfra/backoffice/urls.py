from django.urls import path

from soulfra.backoffice import month_end

app_name = "backoffice"
urlpatterns = [path("month-end/", month_end.page, name="month_end")]
