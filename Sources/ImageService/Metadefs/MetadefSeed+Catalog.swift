extension MetadefSeed {
  /// Names, types and words are facts of the catalog; one namespace a line group, in the form that the API takes.
  static let catalog: [String] = [
    #"""
    {
      "namespace": "OS::Compute::Hypervisor",
      "display_name": "Hypervisor Selection",
      "description": "Which hypervisor and virtual machine mode a server needs.",
      "visibility": "public",
      "protected": true,
      "resource_type_associations": [{"name": "OS::Glance::Image"}],
      "properties": {
        "hypervisor_type": {"title": "Hypervisor Type", "type": "string", "enum": ["baremetal", "hyperv",
          "kvm", "lxc", "powervm", "qemu", "uml", "vmware", "vz", "xen"],
          "description": "The hypervisor that the image is made for."},
        "vm_mode": {"title": "VM Mode", "type": "string", "enum": ["hvm", "xen", "uml", "exe"],
          "description": "The interface between host and guest."}
      }
    }
    """#,
    #"""
    {
      "namespace": "OS::Compute::VirtCPUTopology",
      "display_name": "Virtual CPU Topology",
      "description": "How a server's virtual processors are arranged.",
      "visibility": "public",
      "protected": true,
      "resource_type_associations": [{"name": "OS::Glance::Image", "prefix": "hw_"},
        {"name": "OS::Cinder::Volume", "prefix": "hw_", "properties_target": "image"},
        {"name": "OS::Nova::Flavor", "prefix": "hw:"}],
      "properties": {
        "cpu_sockets": {"title": "vCPU Sockets", "type": "integer",
          "description": "How many sockets the guest sees."},
        "cpu_cores": {"title": "vCPU Cores", "type": "integer",
          "description": "How many cores each socket has."},
        "cpu_threads": {"title": "vCPU Threads", "type": "integer",
          "description": "How many threads each core has."},
        "cpu_max_sockets": {"title": "Max vCPU Sockets", "type": "integer",
          "description": "The most sockets there may be."},
        "cpu_max_cores": {"title": "Max vCPU Cores", "type": "integer",
          "description": "The most cores a socket may have."},
        "cpu_max_threads": {"title": "Max vCPU Threads", "type": "integer",
          "description": "The most threads a core may have."}
      }
    }
    """#,
    #"""
    {
      "namespace": "OS::Compute::Watchdog",
      "display_name": "Watchdog Behavior",
      "description": "What happens when a guest stops answering its watchdog.",
      "visibility": "public",
      "protected": true,
      "resource_type_associations": [{"name": "OS::Glance::Image", "prefix": "hw_"},
        {"name": "OS::Cinder::Volume", "prefix": "hw_", "properties_target": "image"},
        {"name": "OS::Nova::Flavor", "prefix": "hw:"}],
      "properties": {
        "watchdog_action": {"title": "Watchdog Action", "type": "string", "enum": ["disabled", "reset",
          "poweroff", "pause", "none"], "description": "What the host does once the watchdog fires."}
      }
    }
    """#,
    #"""
    {
      "namespace": "OS::Compute::GuestMemoryBacking",
      "display_name": "Guest Memory Backing",
      "description": "What memory pages stand behind a guest.",
      "visibility": "public",
      "protected": true,
      "resource_type_associations": [{"name": "OS::Nova::Flavor", "prefix": "hw:"},
        {"name": "OS::Glance::Image", "prefix": "hw_"}, {"name": "OS::Cinder::Volume", "prefix": "hw_",
        "properties_target": "image"}],
      "properties": {
        "mem_page_size": {"title": "Size of memory page", "type": "string", "default": "small",
          "description": "Page size: small, large, any, or a size in KiB."}
      }
    }
    """#,
    #"""
    {
      "namespace": "OS::Compute::HostCapabilities",
      "display_name": "Compute Host Capabilities",
      "description": "What a host must be able to do; compared by the compute capabilities filter.",
      "visibility": "public",
      "protected": true,
      "resource_type_associations": [{"name": "OS::Nova::Flavor", "prefix": "capabilities:"},
        {"name": "OS::Nova::Aggregate", "prefix": "aggregate_instance_extra_specs:"}],
      "properties": {
        "cpu_info:vendor": {"title": "Vendor", "type": "string", "enum": ["Intel", "AMD"],
          "operators": ["<or>"], "description": "Who made the processor."},
        "cpu_info:model": {"title": "Model", "type": "string", "operators": ["<or>"],
          "description": "The processor's model as libvirt names it."},
        "cpu_info:arch": {"title": "Architecture", "type": "string", "enum": ["x86", "x86_64", "i686", "ia64",
          "ARMv8-A", "ARMv7-A"], "operators": ["<or>"], "description": "The processor's architecture."},
        "cpu_info:topology:cores": {"title": "cores", "type": "integer", "default": "1",
          "description": "Cores of a socket."},
        "cpu_info:topology:threads": {"title": "threads", "type": "integer", "default": "1",
          "description": "Threads of a core."},
        "cpu_info:topology:sockets": {"title": "sockets", "type": "integer", "default": "1",
          "description": "Sockets of the host."}
      }
    }
    """#,
    #"""
    {
      "namespace": "OS::Compute::AggregateNumInstancesFilter",
      "display_name": "Instances per Host",
      "description": "How many servers a host of an aggregate takes.",
      "visibility": "public",
      "protected": true,
      "resource_type_associations": [{"name": "OS::Nova::Aggregate"}],
      "properties": {
        "max_instances_per_host": {"title": "Max Instances Per Host", "type": "integer", "default": "50",
          "minimum": 0, "description": "The most servers on one host."}
      }
    }
    """#,
    #"""
    {
      "namespace": "OS::Compute::CPUPinning",
      "display_name": "CPU Pinning",
      "description": "Whether virtual processors have processors of the host to themselves.",
      "visibility": "public",
      "protected": true,
      "resource_type_associations": [{"name": "OS::Nova::Flavor", "prefix": "hw:"},
        {"name": "OS::Glance::Image", "prefix": "hw_"}, {"name": "OS::Cinder::Volume", "prefix": "hw_",
        "properties_target": "image"}],
      "properties": {
        "cpu_policy": {"title": "CPU Pinning policy", "type": "string", "enum": ["shared", "dedicated"],
          "description": "How virtual processors share the host's."},
        "cpu_thread_policy": {"title": "CPU Thread Pinning Policy.", "type": "string", "enum": ["isolate",
          "prefer", "require"], "description": "How threads of one core are used."}
      }
    }
    """#,
    #"""
    {
      "namespace": "OS::Compute::Libvirt",
      "display_name": "libvirt Driver Options",
      "description": "Devices of a guest that libvirt knows.",
      "visibility": "public",
      "protected": true,
      "resource_type_associations": [{"name": "OS::Glance::Image", "prefix": "hw_"},
        {"name": "OS::Nova::Flavor", "prefix": "hw:"}],
      "properties": {
        "serial_port_count": {"title": "Serial Port Count", "type": "integer", "minimum": 0,
          "description": "How many serial ports the guest has."},
        "boot_menu": {"title": "Boot Menu", "type": "string", "enum": ["true", "false"], "default": "false",
          "description": "Whether the guest's firmware offers a boot menu."}
      }
    }
    """#,
    #"""
    {
      "namespace": "OS::Compute::Quota",
      "display_name": "Flavor Quota",
      "description": "Limits on what a server may take of its host.",
      "visibility": "public",
      "protected": true,
      "resource_type_associations": [{"name": "OS::Nova::Flavor", "prefix": "quota:"}],
      "objects": [
        {"name": "CPU Limits", "description": "Limits on processors.",
          "properties": {"cpu_shares": {"title": "Quota: CPU Shares", "type": "integer",
          "description": "Weight beside other servers."}, "cpu_period": {"title": "Quota: CPU Period",
          "type": "integer", "minimum": 1000, "maximum": 1000000,
          "description": "Microseconds in which the quota counts."}, "cpu_quota": {"title": "Quota: CPU Quota",
          "type": "integer", "description": "Microseconds of processor in a period."}}},
        {"name": "Disk QoS", "description": "Limits on disks.",
          "properties": {"disk_read_bytes_sec": {"title": "Quota: Disk read bytes", "type": "integer",
          "description": "Disk read bytes per second."},
          "disk_read_iops_sec": {"title": "Quota: Disk read operations", "type": "integer",
          "description": "Disk read operations per second."},
          "disk_write_bytes_sec": {"title": "Quota: Disk write bytes", "type": "integer",
          "description": "Disk write bytes per second."},
          "disk_write_iops_sec": {"title": "Quota: Disk write operations", "type": "integer",
          "description": "Disk write operations per second."},
          "disk_total_bytes_sec": {"title": "Quota: Disk bytes", "type": "integer",
          "description": "Disk bytes per second."}, "disk_total_iops_sec": {"title": "Quota: Disk operations",
          "type": "integer", "description": "Disk operations per second."}}}
      ]
    }
    """#,
    #"""
    {
      "namespace": "OS::Compute::RandomNumberGenerator",
      "display_name": "Random Number Generator",
      "description": "Whether and how fast a guest gets entropy from its host.",
      "visibility": "public",
      "protected": true,
      "resource_type_associations": [{"name": "OS::Nova::Flavor", "prefix": "hw_rng:"}],
      "properties": {
        "allowed": {"title": "Random Number Generator Allowed", "type": "boolean",
          "description": "Whether the guest may have the device."},
        "rate_bytes": {"title": "Random number generator limits.", "type": "integer",
          "description": "Bytes that the guest may read in a period."},
        "rate_period": {"title": "Random number generator read period.", "type": "integer",
          "description": "The period in milliseconds."}
      }
    }
    """#,
    #"""
    {
      "namespace": "OS::Glance::CommonImageProperties",
      "display_name": "Common Image Properties",
      "description": "What is said of most images.",
      "visibility": "public",
      "protected": true,
      "resource_type_associations": [{"name": "OS::Glance::Image"}],
      "properties": {
        "kernel_id": {"title": "Kernel ID", "type": "string",
          "description": "The image of the kernel to boot with."},
        "ramdisk_id": {"title": "Ramdisk ID", "type": "string",
          "description": "The image of the ramdisk to boot with."},
        "instance_uuid": {"title": "Instance ID", "type": "string",
          "description": "The server that a snapshot was made of."},
        "architecture": {"title": "CPU Architecture", "type": "string",
          "description": "The processor architecture that the image runs on."},
        "os_distro": {"title": "OS Distro", "type": "string", "description": "The distribution's short name."},
        "os_version": {"title": "OS Version", "type": "string", "description": "The distribution's version."},
        "description": {"title": "Image description", "type": "string", "description": "A text for people."},
        "cinder_encryption_key_id": {"title": "Cinder Encryption Key ID", "type": "string",
          "description": "The key that the image is encrypted with."},
        "cinder_encryption_key_deletion_policy": {"title": "Cinder Encryption Key Deletion Policy",
          "type": "string", "enum": ["on_image_deletion", "do_not_delete"],
          "description": "What becomes of the key when the image goes."}
      }
    }
    """#,
    #"""
    {
      "namespace": "OS::Glance::Signatures",
      "display_name": "Image Signature Verification",
      "description": "The signature that an image's bytes are checked with.",
      "visibility": "public",
      "protected": true,
      "resource_type_associations": [{"name": "OS::Glance::Image"}],
      "properties": {
        "img_signature": {"title": "Image Signature", "type": "string",
          "description": "The signature in base64."},
        "img_signature_certificate_uuid": {"title": "Image Signature Certificate UUID", "type": "string",
          "description": "The certificate in the key manager."},
        "img_signature_hash_method": {"title": "Image Signature Hash Method", "type": "string",
          "enum": ["SHA-224", "SHA-256", "SHA-384", "SHA-512"], "description": "The digest that was signed."},
        "img_signature_key_type": {"title": "Image Signature Key Type", "type": "string",
          "enum": ["ECC_SECP384R1", "ECC_SECP521R1", "RSA-PSS"], "description": "The kind of key."}
      }
    }
    """#,
    #"""
    {
      "namespace": "OS::OperatingSystem",
      "display_name": "Common Operating System Properties",
      "description": "What is said of operating systems.",
      "visibility": "public",
      "protected": true,
      "resource_type_associations": [{"name": "OS::Glance::Image"}, {"name": "OS::Cinder::Volume",
        "properties_target": "image"}],
      "properties": {
        "os_distro": {"title": "OS Distro", "type": "string", "description": "The distribution's short name."},
        "os_version": {"title": "OS Version", "type": "string", "description": "The distribution's version."},
        "os_admin_user": {"title": "OS Admin User", "type": "string", "default": "root",
          "description": "The name of the administrator's account."}
      }
    }
    """#,
    #"""
    {
      "namespace": "OS::Cinder::Volumetype",
      "display_name": "Cinder Volume Type",
      "description": "How volumes of a type are placed and kept.",
      "visibility": "public",
      "protected": true,
      "resource_type_associations": [{"name": "OS::Cinder::VolumeType"}],
      "properties": {
        "volume_backend_name": {"title": "Volume Backend Name", "type": "string",
          "description": "The back end that keeps the volumes."}
      }
    }
    """#,
  ]
}
