# SPDX-License-Identifier: MIT
-include $(wildcard bindings/python/python.mk)
-include $(wildcard bindings/lua/lua.mk)
