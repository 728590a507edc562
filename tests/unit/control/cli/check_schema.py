"""check_schema.py SCHEMA FOLDER: every FOLDER/NAME.json is a document of SCHEMA's #/$defs/NAME."""
import json
import os
import sys

import jsonschema


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    names = sorted(os.listdir(sys.argv[2]))
    for name in names:
        with open(os.path.join(sys.argv[2], name), encoding="utf-8") as file:
            document = json.load(file)
        one = {**schema, "$ref": "#/$defs/" + name.removesuffix(".json")}
        for error in jsonschema.Draft202012Validator(one).iter_errors(document):
            sys.exit(f"{name}: {'/'.join(map(str, error.absolute_path))}: {error.message}")
    print(len(names), "documents")


if __name__ == "__main__":
    main()
