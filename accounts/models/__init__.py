from accounts.models.api_key import ApiKey
from accounts.models.data_download import DataDownload
from accounts.models.key_caps import KeyCaps
from accounts.models.shared import CacheRow, LimitCount
from accounts.models.user import User

__all__ = ["ApiKey", "CacheRow", "DataDownload", "KeyCaps", "LimitCount", "User"]
