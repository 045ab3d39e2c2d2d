// Made by tools/generate-schemas.mjs from schemas/. Do not edit.

export const clusterImageConfigSchema: Record<string, unknown> = {
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "$id": "https://sealer.io/schemas/cluster-image-config.schema.json",
  "title": "Config blob of a cluster image (docs/image-format.md)",
  "type": "object",
  "properties": {
    "schemaVersion": {
      "const": 1
    },
    "type": {
      "enum": [
        "kube-installer",
        "app-installer"
      ]
    },
    "architecture": {
      "type": "string"
    },
    "os": {
      "type": "string"
    },
    "runtime": {
      "type": "object",
      "properties": {
        "type": {
          "type": "string"
        },
        "version": {
          "type": "string"
        }
      },
      "required": [
        "type"
      ],
      "additionalProperties": false
    },
    "containerRuntime": {
      "type": "object",
      "properties": {
        "type": {
          "type": "string"
        },
        "version": {
          "type": "string"
        }
      },
      "required": [
        "type"
      ],
      "additionalProperties": false
    },
    "labels": {
      "type": "object",
      "additionalProperties": {
        "type": "string"
      }
    },
    "env": {
      "type": "object",
      "additionalProperties": {
        "type": "string"
      }
    },
    "apps": {
      "type": "array",
      "items": {
        "type": "object",
        "properties": {
          "name": {
            "type": "string"
          },
          "type": {
            "enum": [
              "kube",
              "helm",
              "shell"
            ]
          },
          "files": {
            "type": "array",
            "items": {
              "type": "string"
            }
          },
          "commands": {
            "type": "array",
            "items": {
              "type": "string"
            }
          },
          "env": {
            "type": "object",
            "additionalProperties": {
              "type": "string"
            }
          },
          "values": {
            "type": "array",
            "items": {
              "type": "string"
            }
          }
        },
        "required": [
          "name",
          "files",
          "commands",
          "env"
        ],
        "additionalProperties": false
      }
    },
    "launch": {
      "type": "object",
      "properties": {
        "apps": {
          "type": "array",
          "items": {
            "type": "string"
          }
        },
        "commands": {
          "type": "array",
          "items": {
            "type": "string"
          }
        }
      },
      "required": [
        "apps",
        "commands"
      ],
      "additionalProperties": false
    },
    "cni": {
      "type": "array",
      "items": {
        "type": "string"
      }
    },
    "csi": {
      "type": "array",
      "items": {
        "type": "string"
      }
    },
    "kubeVersion": {
      "type": "string"
    },
    "rootfs": {
      "type": "array",
      "items": {
        "type": "object",
        "properties": {
          "digest": {
            "type": "string",
            "pattern": "^sha256:[0-9a-f]{64}$",
            "description": "a digest: sha256: and 64 hex digits",
            "examples": [
              "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
            ]
          },
          "diffId": {
            "type": "string",
            "pattern": "^sha256:[0-9a-f]{64}$",
            "description": "a digest: sha256: and 64 hex digits",
            "examples": [
              "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
            ]
          },
          "size": {
            "type": "integer",
            "minimum": 0
          },
          "createdBy": {
            "type": "string"
          }
        },
        "required": [
          "digest",
          "diffId",
          "size",
          "createdBy"
        ],
        "additionalProperties": false
      }
    },
    "bundle": {
      "type": "array",
      "items": {
        "type": "object",
        "properties": {
          "name": {
            "type": "string"
          },
          "digest": {
            "type": "string",
            "pattern": "^sha256:[0-9a-f]{64}$",
            "description": "a digest: sha256: and 64 hex digits",
            "examples": [
              "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
            ]
          },
          "mediaType": {
            "description": "Of the manifest or index, as its registry serves it; the entry of `layers` has a media type of sealer's",
            "type": "string"
          },
          "size": {
            "type": "integer",
            "minimum": 0
          },
          "blobs": {
            "type": "array",
            "items": {
              "type": "string",
              "pattern": "^sha256:[0-9a-f]{64}$",
              "description": "a digest: sha256: and 64 hex digits",
              "examples": [
                "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
              ]
            }
          },
          "origin": {
            "type": "string"
          }
        },
        "required": [
          "name",
          "digest",
          "mediaType",
          "size",
          "blobs",
          "origin"
        ],
        "additionalProperties": false
      }
    },
    "documents": {
      "type": "object",
      "additionalProperties": {
        "type": "string"
      }
    }
  },
  "required": [
    "schemaVersion",
    "type",
    "architecture",
    "os",
    "labels",
    "env",
    "apps",
    "launch",
    "cni",
    "csi",
    "rootfs",
    "bundle",
    "documents"
  ],
  "additionalProperties": false
};

export const clusterfileSchema: Record<string, unknown> = {
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "$id": "https://sealer.io/schemas/clusterfile.schema.json",
  "title": "Clusterfile documents",
  "$defs": {
    "metadata": {
      "description": "Kubernetes' metadata: the name counts",
      "type": "object",
      "properties": {
        "name": {
          "type": "string",
          "pattern": "^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$",
          "description": "a name of small letters, digits and -, at most 63 characters",
          "examples": [
            "my-cluster"
          ]
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
        },
        "namespace": {
          "type": "string"
        },
        "generateName": {
          "type": "string"
        },
        "selfLink": {
          "type": "string"
        },
        "uid": {
          "type": "string"
        },
        "resourceVersion": {
          "type": "string"
        },
        "generation": {
          "type": "integer"
        },
        "creationTimestamp": {
          "type": "string"
        },
        "deletionTimestamp": {
          "type": "string"
        },
        "deletionGracePeriodSeconds": {
          "type": "integer"
        },
        "clusterName": {
          "type": "string"
        },
        "finalizers": {
          "type": "array"
        },
        "ownerReferences": {
          "type": "array"
        },
        "managedFields": {
          "type": "array"
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
        "pattern": "^[A-Za-z_][A-Za-z0-9_]*=",
        "description": "KEY=value, the key of letters, digits and _",
        "examples": [
          "MODE=prod"
        ]
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
          "pattern": "^0*([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])$",
          "description": "a port from 1 to 65535",
          "examples": [
            "22"
          ]
        }
      ],
      "description": "a port from 1 to 65535",
      "examples": [
        22
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
          "$ref": "#/$defs/hostKeys"
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
              "$ref": "#/$defs/hostKeys"
            }
          },
          "required": [
            "address"
          ],
          "additionalProperties": false
        },
        "encrypted": {
          "type": "boolean"
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
            "sealer.io/v1",
            "sealer.cloud/v2",
            "sealer.cloud/v1",
            "sealer.aliyun.com/v1alpha1",
            "zlink.aliyun.com/v1alpha1"
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
              "type": "array",
              "items": {
                "type": "string"
              }
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
                      "pattern": "^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$",
                      "description": "a role as Kubernetes takes it in a label: at most 63 letters, digits, -, _ and .",
                      "examples": [
                        "node"
                      ]
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
                    "propertyNames": {
                      "$ref": "#/$defs/labelKey"
                    },
                    "additionalProperties": {
                      "$ref": "#/$defs/labelValue"
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
                      "$ref": "#/$defs/domain"
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
                      "$ref": "#/$defs/domain"
                    },
                    "port": {
                      "$ref": "#/$defs/port"
                    },
                    "username": {
                      "type": "string"
                    },
                    "password": {
                      "type": "string"
                    },
                    "ha": {
                      "type": "boolean"
                    },
                    "insecure": {
                      "type": "boolean"
                    },
                    "cert": {
                      "type": "object",
                      "properties": {
                        "subjectAltName": {
                          "type": "object",
                          "properties": {
                            "dnsNames": {
                              "$ref": "#/$defs/strings"
                            },
                            "ips": {
                              "$ref": "#/$defs/strings"
                            }
                          },
                          "additionalProperties": false
                        }
                      },
                      "additionalProperties": false
                    }
                  },
                  "additionalProperties": false
                },
                "externalRegistry": {
                  "type": "object",
                  "properties": {
                    "domain": {
                      "type": "string"
                    },
                    "port": {
                      "$ref": "#/$defs/port"
                    },
                    "username": {
                      "type": "string"
                    },
                    "password": {
                      "type": "string"
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
              "additionalProperties": false
            },
            "trust": {
              "type": "object",
              "properties": {
                "policy": {
                  "enum": [
                    "always",
                    "if-signed",
                    "never"
                  ]
                },
                "keys": {
                  "$ref": "#/$defs/strings"
                },
                "required": {
                  "type": "integer",
                  "minimum": 1
                }
              },
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
            },
            "cmd_args": {
              "$ref": "#/$defs/env"
            },
            "dataRoot": {
              "type": "string"
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
            "sealer.io/v2",
            "sealer.io/v1",
            "sealer.cloud/v2",
            "sealer.cloud/v1",
            "sealer.aliyun.com/v1alpha1",
            "zlink.aliyun.com/v1alpha1"
          ]
        },
        "kind": {
          "const": "Plugin"
        },
        "metadata": {
          "$ref": "#/$defs/documentMetadata"
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
    "documentMetadata": {
      "description": "As metadata, with a name of any form",
      "type": "object",
      "properties": {
        "name": {
          "type": "string",
          "minLength": 1,
          "maxLength": 253,
          "pattern": "^[^\\u0000-\\u001f\\u007f]+$",
          "description": "a name on one line",
          "examples": [
            "pre_init_host"
          ]
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
        },
        "namespace": {
          "type": "string"
        },
        "generateName": {
          "type": "string"
        },
        "selfLink": {
          "type": "string"
        },
        "uid": {
          "type": "string"
        },
        "resourceVersion": {
          "type": "string"
        },
        "generation": {
          "type": "integer"
        },
        "creationTimestamp": {
          "type": "string"
        },
        "deletionTimestamp": {
          "type": "string"
        },
        "deletionGracePeriodSeconds": {
          "type": "integer"
        },
        "clusterName": {
          "type": "string"
        },
        "finalizers": {
          "type": "array"
        },
        "ownerReferences": {
          "type": "array"
        },
        "managedFields": {
          "type": "array"
        }
      },
      "required": [
        "name"
      ],
      "additionalProperties": false
    },
    "domain": {
      "type": "string",
      "pattern": "^(?=.{1,253}$)[A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?(\\.[A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?)*$",
      "description": "a domain name of letters, digits, - and .",
      "examples": [
        "registry.example"
      ]
    },
    "labelKey": {
      "type": "string",
      "pattern": "^(?=.{1,317}$)([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$",
      "description": "the key of a label as Kubernetes takes it: [domain/]name, the name of at most 63 letters, digits, -, _ and .",
      "examples": [
        "acme.example/zone"
      ]
    },
    "labelValue": {
      "type": "string",
      "pattern": "^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$",
      "description": "the value of a label as Kubernetes takes it: at most 63 letters, digits, -, _ and .",
      "examples": [
        "zone-a"
      ]
    },
    "machines": {
      "type": "object",
      "properties": {
        "ipList": {
          "type": "array",
          "items": {
            "type": "string",
            "minLength": 1
          }
        },
        "cpu": {
          "type": [
            "string",
            "integer"
          ]
        },
        "memory": {
          "type": [
            "string",
            "integer"
          ]
        },
        "count": {
          "type": [
            "string",
            "integer"
          ]
        },
        "systemDisk": {
          "type": [
            "string",
            "integer"
          ]
        },
        "dataDisks": {
          "type": "array",
          "items": {
            "type": [
              "string",
              "integer"
            ]
          }
        }
      },
      "additionalProperties": false
    },
    "clusterV1": {
      "description": "The older form, with masters and nodes",
      "type": "object",
      "properties": {
        "apiVersion": {
          "enum": [
            "sealer.io/v2",
            "sealer.io/v1",
            "sealer.cloud/v2",
            "sealer.cloud/v1",
            "sealer.aliyun.com/v1alpha1",
            "zlink.aliyun.com/v1alpha1"
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
            "provider": {
              "type": "string"
            },
            "ssh": {
              "$ref": "#/$defs/ssh"
            },
            "network": {
              "type": "object",
              "properties": {
                "interface": {
                  "type": "string"
                },
                "cniName": {
                  "type": "string"
                },
                "podCIDR": {
                  "type": "string"
                },
                "svcCIDR": {
                  "type": "string"
                },
                "withoutCNI": {
                  "type": "boolean"
                }
              },
              "additionalProperties": false
            },
            "certSANS": {
              "$ref": "#/$defs/strings"
            },
            "masters": {
              "$ref": "#/$defs/machines"
            },
            "nodes": {
              "$ref": "#/$defs/machines"
            }
          },
          "required": [
            "image",
            "masters"
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
    "application": {
      "type": "object",
      "properties": {
        "apiVersion": {
          "enum": [
            "sealer.io/v2",
            "sealer.io/v1",
            "sealer.cloud/v2",
            "sealer.cloud/v1",
            "sealer.aliyun.com/v1alpha1",
            "zlink.aliyun.com/v1alpha1"
          ]
        },
        "kind": {
          "const": "Application"
        },
        "metadata": {
          "$ref": "#/$defs/documentMetadata"
        },
        "spec": {
          "type": "object",
          "properties": {
            "cmds": {
              "$ref": "#/$defs/strings"
            },
            "launchApps": {
              "type": "array",
              "items": {
                "type": "string"
              }
            },
            "configs": {
              "type": "array",
              "items": {
                "type": "object",
                "properties": {
                  "name": {
                    "type": "string",
                    "minLength": 1
                  },
                  "env": {
                    "$ref": "#/$defs/env"
                  },
                  "files": {
                    "type": "array"
                  },
                  "launch": {
                    "type": "object"
                  },
                  "delete": {
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
    "hostKeys": {
      "type": "array",
      "items": {
        "type": "string",
        "pattern": "^(SHA256:[A-Za-z0-9+/]{43}=?|[a-z0-9@.-]+ [A-Za-z0-9+/]+={0,2}( .*)?)$",
        "description": "the fingerprint of a host key as ssh-keygen -l prints it, or a key as it stands in a .pub file",
        "examples": [
          "SHA256:uNiVztksCsDhcc0u9e8BgrJXVGDcxJO7Uxq2cFYlYGA"
        ]
      }
    }
  }
};

export const eventSchema: Record<string, unknown> = {
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "$id": "https://sealer.io/schemas/event.schema.json",
  "title": "An event of a run: one JSON line of --json",
  "oneOf": [
    {
      "type": "object",
      "properties": {
        "type": {
          "const": "run-start"
        },
        "operation": {
          "type": "string"
        },
        "cluster": {
          "type": "string"
        },
        "steps": {
          "type": "integer",
          "minimum": 0
        },
        "hosts": {
          "type": "array",
          "items": {
            "type": "string"
          }
        },
        "stepsByHost": {
          "description": "how many of the steps are of each host",
          "type": "object",
          "additionalProperties": {
            "type": "integer",
            "minimum": 0
          }
        }
      },
      "required": [
        "type",
        "operation",
        "cluster",
        "steps",
        "hosts",
        "stepsByHost"
      ],
      "additionalProperties": false
    },
    {
      "type": "object",
      "properties": {
        "type": {
          "const": "run-end"
        },
        "operation": {
          "type": "string"
        },
        "cluster": {
          "type": "string"
        },
        "status": {
          "enum": [
            "done",
            "unchanged",
            "failed",
            "interrupted"
          ]
        },
        "done": {
          "type": "integer",
          "minimum": 0
        },
        "skipped": {
          "type": "integer",
          "minimum": 0
        },
        "seconds": {
          "type": "number",
          "minimum": 0
        }
      },
      "required": [
        "type",
        "operation",
        "cluster",
        "status",
        "done",
        "skipped",
        "seconds"
      ],
      "additionalProperties": false
    },
    {
      "type": "object",
      "properties": {
        "type": {
          "const": "phase-start"
        },
        "phase": {
          "type": "string"
        },
        "title": {
          "type": "string"
        },
        "host": {
          "type": "string"
        }
      },
      "required": [
        "type",
        "phase",
        "title"
      ],
      "additionalProperties": false
    },
    {
      "type": "object",
      "properties": {
        "type": {
          "const": "phase-end"
        },
        "phase": {
          "type": "string"
        },
        "title": {
          "type": "string"
        },
        "host": {
          "type": "string"
        },
        "status": {
          "enum": [
            "done",
            "failed",
            "skipped"
          ]
        },
        "seconds": {
          "type": "number",
          "minimum": 0
        }
      },
      "required": [
        "type",
        "phase",
        "title",
        "status",
        "seconds"
      ],
      "additionalProperties": false
    },
    {
      "type": "object",
      "properties": {
        "type": {
          "const": "step-start"
        },
        "step": {
          "type": "string"
        },
        "title": {
          "type": "string"
        },
        "host": {
          "type": "string"
        },
        "phase": {
          "type": "string"
        },
        "onDemand": {
          "description": "run because another step needed what it gives; the plan does not count it",
          "const": true
        }
      },
      "required": [
        "type",
        "step",
        "title",
        "phase"
      ],
      "additionalProperties": false
    },
    {
      "type": "object",
      "properties": {
        "type": {
          "const": "step-progress"
        },
        "step": {
          "type": "string"
        },
        "host": {
          "type": "string"
        },
        "current": {
          "type": "number",
          "minimum": 0
        },
        "total": {
          "type": "number",
          "minimum": 0
        },
        "unit": {
          "enum": [
            "bytes",
            "items"
          ]
        }
      },
      "required": [
        "type",
        "step",
        "current",
        "total",
        "unit"
      ],
      "additionalProperties": false
    },
    {
      "type": "object",
      "properties": {
        "type": {
          "const": "step-output"
        },
        "step": {
          "type": "string"
        },
        "host": {
          "type": "string"
        },
        "line": {
          "type": "string"
        }
      },
      "required": [
        "type",
        "step",
        "line"
      ],
      "additionalProperties": false
    },
    {
      "type": "object",
      "properties": {
        "type": {
          "const": "step-end"
        },
        "step": {
          "type": "string"
        },
        "title": {
          "type": "string"
        },
        "host": {
          "type": "string"
        },
        "phase": {
          "type": "string"
        },
        "onDemand": {
          "description": "run because another step needed what it gives; the plan does not count it",
          "const": true
        },
        "status": {
          "enum": [
            "done",
            "holds",
            "failed",
            "undone",
            "not-run"
          ]
        },
        "seconds": {
          "type": "number",
          "minimum": 0
        },
        "error": {
          "type": "object",
          "properties": {
            "code": {
              "type": "string"
            },
            "message": {
              "type": "string"
            },
            "hint": {
              "type": "string"
            }
          },
          "required": [
            "code",
            "message"
          ],
          "additionalProperties": false
        }
      },
      "required": [
        "type",
        "step",
        "title",
        "phase",
        "status",
        "seconds"
      ],
      "additionalProperties": false
    },
    {
      "type": "object",
      "properties": {
        "type": {
          "const": "progress"
        },
        "id": {
          "type": "string"
        },
        "partOf": {
          "description": "id of the work whose progress counts this, too",
          "type": "string"
        },
        "title": {
          "type": "string"
        },
        "current": {
          "type": "number",
          "minimum": 0
        },
        "total": {
          "type": "number",
          "minimum": 0
        },
        "unit": {
          "enum": [
            "bytes",
            "items"
          ]
        },
        "done": {
          "type": "boolean"
        }
      },
      "required": [
        "type",
        "id",
        "title",
        "current",
        "unit"
      ],
      "additionalProperties": false
    },
    {
      "type": "object",
      "properties": {
        "type": {
          "const": "message"
        },
        "level": {
          "enum": [
            "info",
            "warning"
          ]
        },
        "text": {
          "type": "string"
        },
        "host": {
          "type": "string"
        },
        "code": {
          "type": "string"
        }
      },
      "required": [
        "type",
        "level",
        "text"
      ],
      "additionalProperties": false
    },
    {
      "type": "object",
      "properties": {
        "type": {
          "const": "result"
        },
        "result": {}
      },
      "required": [
        "type",
        "result"
      ],
      "description": "the last line of a command that succeeded"
    },
    {
      "type": "object",
      "properties": {
        "type": {
          "const": "error"
        },
        "error": {
          "type": "object",
          "properties": {
            "code": {
              "type": "string"
            },
            "message": {
              "type": "string"
            }
          },
          "required": [
            "code",
            "message"
          ]
        }
      },
      "required": [
        "type",
        "error"
      ],
      "description": "the last line of a command that failed"
    }
  ]
};

export const planSchema: Record<string, unknown> = {
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "$id": "https://sealer.io/schemas/plan.schema.json",
  "title": "A plan: what an operation would do (sealer plan -o)",
  "type": "object",
  "properties": {
    "schemaVersion": {
      "const": 1
    },
    "operation": {
      "type": "string"
    },
    "cluster": {
      "type": "string"
    },
    "image": {
      "type": "object",
      "properties": {
        "name": {
          "type": "string"
        },
        "digest": {
          "type": "string",
          "pattern": "^sha256:[0-9a-f]{64}$",
          "description": "a digest: sha256: and 64 hex digits",
          "examples": [
            "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
          ]
        }
      },
      "required": [
        "name",
        "digest"
      ],
      "additionalProperties": false
    },
    "hosts": {
      "type": "array",
      "items": {
        "type": "object",
        "properties": {
          "name": {
            "type": "string"
          },
          "roles": {
            "type": "array",
            "items": {
              "type": "string"
            }
          },
          "facts": {
            "type": "string",
            "description": "fingerprint of what is known of the host"
          }
        },
        "required": [
          "name",
          "roles",
          "facts"
        ],
        "additionalProperties": false
      }
    },
    "clusterfile": {
      "type": "string",
      "description": "the declared cluster, secrets left out"
    },
    "steps": {
      "type": "array",
      "items": {
        "type": "object",
        "properties": {
          "id": {
            "type": "string"
          },
          "title": {
            "type": "string"
          },
          "phase": {
            "type": "string"
          },
          "host": {
            "type": "string"
          },
          "plugin": {
            "type": "string"
          },
          "state": {
            "enum": [
              "holds",
              "run",
              "on-demand"
            ]
          },
          "changes": {
            "type": "array",
            "items": {
              "type": "object",
              "properties": {
                "kind": {
                  "type": "string"
                }
              },
              "required": [
                "kind"
              ]
            }
          }
        },
        "required": [
          "id",
          "title",
          "phase",
          "host",
          "plugin",
          "state",
          "changes"
        ],
        "additionalProperties": false
      }
    }
  },
  "required": [
    "schemaVersion",
    "operation",
    "cluster",
    "image",
    "hosts",
    "clusterfile",
    "steps"
  ],
  "additionalProperties": false
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

