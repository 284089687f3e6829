from brands.models.analysis import Analysis
from brands.models.brand import Brand
from brands.models.category import Category
from brands.models.csv_import import CsvImport, JudgedRows, SkippedRow
from brands.models.export import Export

__all__ = ["Analysis", "Brand", "Category", "CsvImport", "Export", "JudgedRows", "SkippedRow"]
