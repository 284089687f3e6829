from brands.admin import brand, category, work

__all__ = ["brand", "category", "work"]
