// Made by tools/generate-schemas.mjs from schemas/. Do not edit.

export const clusterfileSchema: Record<string, unknown> = {
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "$id": "https://sealer.io/schemas/clusterfile.schema.json",
  "title": "Clusterfile documents",
  "$defs": {
    "metadata": {
      "type": "object",
      "properties": {
        "name": {
          "type": "string",
          "pattern": "^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$"
        },
        "labels": {
          "type": "object",
          "additionalProperties": {
            "type": "string"
          }
        },
        "annotations": {
          "type": "object",
          "additionalProperties": {
            "type": "string"
          }
        }
      },
      "required": [
        "name"
      ],
      "additionalProperties": false
    },
    "strings": {
      "type": "array",
      "items": {
        "type": "string",
        "minLength": 1
      }
    },
    "env": {
      "type": "array",
      "items": {
        "type": "string",
        "pattern": "^[A-Za-z_][A-Za-z0-9_]*="
      }
    },
    "port": {
      "anyOf": [
        {
          "type": "integer",
          "minimum": 1,
          "maximum": 65535
        },
        {
          "type": "string",
          "pattern": "^[0-9]{1,5}$"
        }
      ]
    },
    "ssh": {
      "type": "object",
      "properties": {
        "user": {
          "type": "string",
          "minLength": 1
        },
        "passwd": {
          "type": "string"
        },
        "pk": {
          "type": "string"
        },
        "pkPasswd": {
          "type": "string"
        },
        "port": {
          "$ref": "#/$defs/port"
        },
        "hostKeys": {
          "$ref": "#/$defs/strings"
        },
        "bastion": {
          "type": "object",
          "properties": {
            "address": {
              "type": "string",
              "minLength": 1
            },
            "user": {
              "type": "string"
            },
            "passwd": {
              "type": "string"
            },
            "pk": {
              "type": "string"
            },
            "pkPasswd": {
              "type": "string"
            },
            "port": {
              "$ref": "#/$defs/port"
            },
            "hostKeys": {
              "$ref": "#/$defs/strings"
            }
          },
          "required": [
            "address"
          ],
          "additionalProperties": false
        }
      },
      "additionalProperties": false
    },
    "cluster": {
      "type": "object",
      "properties": {
        "apiVersion": {
          "enum": [
            "sealer.io/v2",
            "sealer.cloud/v2"
          ]
        },
        "kind": {
          "const": "Cluster"
        },
        "metadata": {
          "$ref": "#/$defs/metadata"
        },
        "spec": {
          "type": "object",
          "properties": {
            "image": {
              "type": "string",
              "minLength": 1
            },
            "env": {
              "$ref": "#/$defs/env"
            },
            "cmd": {
              "$ref": "#/$defs/strings"
            },
            "appNames": {
              "$ref": "#/$defs/strings"
            },
            "ssh": {
              "$ref": "#/$defs/ssh"
            },
            "hosts": {
              "type": "array",
              "minItems": 1,
              "items": {
                "type": "object",
                "properties": {
                  "ips": {
                    "type": "array",
                    "minItems": 1,
                    "items": {
                      "type": "string",
                      "minLength": 1
                    }
                  },
                  "roles": {
                    "type": "array",
                    "minItems": 1,
                    "items": {
                      "type": "string",
                      "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"
                    }
                  },
                  "ssh": {
                    "$ref": "#/$defs/ssh"
                  },
                  "env": {
                    "$ref": "#/$defs/env"
                  },
                  "labels": {
                    "type": "object",
                    "additionalProperties": {
                      "type": "string"
                    }
                  },
                  "taints": {
                    "$ref": "#/$defs/strings"
                  }
                },
                "required": [
                  "ips",
                  "roles"
                ],
                "additionalProperties": false
              }
            },
            "hostAliases": {
              "type": "array",
              "items": {
                "type": "object",
                "properties": {
                  "ip": {
                    "type": "string"
                  },
                  "hostnames": {
                    "type": "array",
                    "minItems": 1,
                    "items": {
                      "type": "string"
                    }
                  }
                },
                "required": [
                  "ip",
                  "hostnames"
                ],
                "additionalProperties": false
              }
            },
            "registry": {
              "type": "object",
              "properties": {
                "localRegistry": {
                  "type": "object",
                  "properties": {
                    "domain": {
                      "type": "string",
                      "minLength": 1
                    },
                    "port": {
                      "$ref": "#/$defs/port"
                    }
                  },
                  "additionalProperties": false
                }
              },
              "additionalProperties": false
            },
            "containerRuntime": {
              "type": "object",
              "properties": {
                "type": {
                  "type": "string",
                  "minLength": 1
                }
              },
              "required": [
                "type"
              ],
              "additionalProperties": false
            },
            "plugins": {
              "type": "array",
              "items": {
                "type": "object",
                "properties": {
                  "name": {
                    "type": "string",
                    "minLength": 1
                  },
                  "options": {
                    "type": "object"
                  }
                },
                "required": [
                  "name"
                ],
                "additionalProperties": false
              }
            }
          },
          "required": [
            "image",
            "hosts"
          ],
          "additionalProperties": false
        },
        "status": {
          "type": "object"
        }
      },
      "required": [
        "apiVersion",
        "kind",
        "metadata",
        "spec"
      ],
      "additionalProperties": false
    },
    "plugin": {
      "type": "object",
      "properties": {
        "apiVersion": {
          "enum": [
            "sealer.io/v1",
            "sealer.aliyun.com/v1alpha1"
          ]
        },
        "kind": {
          "const": "Plugin"
        },
        "metadata": {
          "$ref": "#/$defs/metadata"
        },
        "spec": {
          "type": "object",
          "properties": {
            "type": {
              "type": "string",
              "minLength": 1
            },
            "data": {
              "type": "string"
            },
            "action": {
              "type": "string",
              "minLength": 1
            },
            "scope": {
              "type": "string"
            },
            "on": {
              "type": "string"
            }
          },
          "required": [
            "type",
            "action"
          ],
          "additionalProperties": false
        }
      },
      "required": [
        "apiVersion",
        "kind",
        "metadata",
        "spec"
      ],
      "additionalProperties": false
    }
  }
};

export const pluginPackageSchema: Record<string, unknown> = {
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "$id": "https://sealer.io/schemas/plugin-package.schema.json",
  "title": "The part of package.json that makes an npm package a sealer plugin",
  "type": "object",
  "properties": {
    "name": {
      "type": "string"
    },
    "version": {
      "type": "string"
    },
    "type": {
      "const": "module"
    },
    "sealer": {
      "type": "object",
      "properties": {
        "plugin": {
          "const": true
        }
      },
      "required": [
        "plugin"
      ],
      "additionalProperties": false
    }
  },
  "required": [
    "name",
    "version",
    "type",
    "sealer"
  ]
};

