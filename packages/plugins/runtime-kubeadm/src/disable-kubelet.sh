# shellcheck shell=bash
# Stops the kubelet for good.
systemctl disable -q --now kubelet 2> /dev/null || true
systemctl reset-failed kubelet 2> /dev/null || true
