from soulfra.accounts.models.api_key import ApiKey
from soulfra.accounts.models.user import User

__all__ = ["ApiKey", "User"]
